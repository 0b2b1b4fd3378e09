"""Contacts, codes and paths: what is valid, for any text."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.domains.people.rules import (
    CREDIT_CODE_ALPHABET,
    check_credit_code,
    credit_code_check,
    local_path,
    new_code,
    parse_contact,
)
from gongzhi.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        (" Name@Mail.CN ", "email", "name@mail.cn"),
        ("138 0013 8000", "phone", "+8613800138000"),
        ("+86-138-0013-8000", "phone", "+8613800138000"),
        ("+1 650 253 0000", "phone", "+16502530000"),
    ],
)
def test_a_contact_has_one_form_however_it_is_typed(typed, kind, value):
    found = parse_contact(typed)
    assert (found.kind, found.value) == (kind, value)
    assert value not in found.masked


@given(st.text(max_size=400))
def test_any_text_is_a_contact_or_refused(text):
    with suppress(Invalid):
        assert parse_contact(text).kind in ("email", "phone")


@given(st.text(alphabet=CREDIT_CODE_ALPHABET, min_size=17, max_size=17), st.integers(0, 16))
def test_a_credit_code_is_right_with_its_check_character_and_wrong_with_a_changed_one(first, place):
    code = first + credit_code_check(first)
    assert check_credit_code(code)
    changed = CREDIT_CODE_ALPHABET[(CREDIT_CODE_ALPHABET.index(code[place]) + 1) % 31]
    assert not check_credit_code(code[:place] + changed + code[place + 1 :])


def test_a_published_credit_code_is_right():
    assert check_credit_code("91350100M000100Y43")
    assert not check_credit_code("91350100M000100Y34")


@given(st.text(max_size=60))
def test_a_local_path_never_leads_to_another_site(text):
    found = local_path(text)
    assert found is None or (found.startswith("/") and found[1:2] not in ("/", "\\"))


def test_a_code_has_six_digits():
    assert all(len(new_code()) == 6 and new_code().isdigit() for _number in range(50))
