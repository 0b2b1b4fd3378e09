import pytest
from flask import Flask, render_template_string

from gongzhi.kernel import errors
from gongzhi.kernel.text import lazy, lazy_plural, set_translator

CHINESE = {"Hello %(name)s": "你好,%(name)s", "Not found": "找不到", "%(num)s vote": "%(num)s 票"}


@pytest.fixture(autouse=True)
def untranslated():
    """As the kernel is by itself; what the application of other tests installed comes back."""
    before = set_translator()
    yield
    set_translator(*before)


@pytest.fixture
def in_chinese(untranslated):
    set_translator(lambda msgid: CHINESE.get(msgid, msgid), lambda one, _many, _n: CHINESE.get(one, one))


def test_a_message_made_before_the_translator_is_shown_in_the_readers_language(in_chinese):
    message = lazy("Hello %(name)s", name=lazy("Not found"))
    assert str(message) == f"{message}" == "你好,找不到"
    set_translator()
    assert str(message) == "Hello Not found"


def test_a_message_chooses_its_plural_when_it_is_shown():
    assert str(lazy_plural("%(num)s vote", "%(num)s votes", 1)) == "1 vote"
    assert str(lazy_plural("%(num)s vote", "%(num)s votes", 3)) == "3 votes"


def test_a_percent_sign_without_places_is_just_a_percent_sign():
    assert str(lazy("At least 50 % took part")) == "At least 50 % took part"


def test_equal_messages_are_equal_and_can_be_keys():
    assert {lazy("a", x=1, y=2): 1}[lazy("a", y=2, x=1)] == 1
    assert lazy("a", x=1) != lazy("a", x=2)


def test_templates_escape_what_a_message_is_filled_with():
    with Flask(__name__).app_context():
        shown = render_template_string("{{ m }}", m=lazy("Hello %(name)s", name="<b>"))
    assert shown == "Hello &lt;b&gt;"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NeedsSignIn(), 401),
        (errors.NotPermitted(), 403),
        (errors.NotFound(), 404),
        (errors.Conflict(), 409),
        (errors.AlreadyClosed(), 409),
        (errors.Stale(current={"version": 3}), 409),
        (errors.Invalid.of("title", "Too short"), 422),
        (errors.TooMany(30), 429),
    ],
)
def test_every_error_knows_its_status_title_and_sentence(error, status):
    assert error.status == status
    assert error.slug
    assert str(error.title)
    assert str(error)


def test_invalid_keeps_every_message_beside_its_field():
    error = errors.Invalid({"title": ["Too short", lazy("No letters")], "body": []})
    assert error.errors == {"title": ["Too short", lazy("No letters")]}
    assert str(error) == "title: Too short; title: No letters"


def test_a_domain_error_may_belong_to_a_field():
    assert errors.Conflict("Taken", field="name").errors == {"name": ["Taken"]}
    assert errors.Conflict("Taken").errors == {}
    assert errors.Stale(current={"v": 2}).current == {"v": 2}
    assert errors.TooMany(9).retry_after == 9
