"""Permissions: declared once, default-deny, another district never."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.kernel import policy
from gongzhi.kernel.errors import NeedsSignIn, NotPermitted
from gongzhi.kernel.policy import SYSTEM, VISITOR, Actor, Permission, Predicate, RoleHeld

HERE = "0000000000001"
THERE = "0000000000002"
SOMEBODY = Actor("0000000000009", district_id=HERE, level=2)
OPEN = Permission("test:thing:open", policy.anyone, "")
SIGNED = Permission("test:thing:use", policy.signed_in, "")
CLOSED = Permission("test:thing:close", policy.nobody, "")
thing = SimpleNamespace(district_id=HERE, place_path="1/2/3/")


def test_a_name_is_declared_once_and_has_three_parts():
    made = policy.permission("test:policy:once", holders=policy.anyone, about="")
    try:
        with pytest.raises(ValueError, match="twice"):
            policy.permission("test:policy:once", holders=policy.anyone, about="")
        with pytest.raises(ValueError, match="scope:resource:action"):
            policy.permission("policy:once", holders=policy.anyone, about="")
        assert made in policy.declared()
    finally:
        del policy._declared["test:policy:once"]


def test_a_visitor_is_asked_to_sign_in_and_anybody_else_is_refused():
    with pytest.raises(NeedsSignIn):
        policy.require(VISITOR, SIGNED)
    with pytest.raises(NotPermitted):
        policy.require(SOMEBODY, CLOSED)
    policy.require(SOMEBODY, SIGNED)
    policy.require(VISITOR, OPEN)


def test_a_thing_of_another_district_is_nobodys_but_the_systems():
    elsewhere = SimpleNamespace(district_id=THERE)
    assert not policy.allows(SOMEBODY, OPEN, elsewhere)
    assert policy.allows(SOMEBODY, OPEN, thing)
    assert policy.allows(SYSTEM, CLOSED, elsewhere)


@pytest.mark.parametrize(
    ("held", "path", "holds"),
    [
        (None, "1/2/3/", True),
        ("1/", "1/2/3/", True),
        ("1/2/3/", "1/2/3/", True),
        ("1/2/3/4/", "1/2/3/", False),
        ("2/", "1/2/3/", False),
        ("1/2/3/", None, True),
    ],
)
def test_a_role_reaches_its_place_and_all_below(held, path, holds):
    actor = Actor("a", district_id=HERE, roles=(RoleHeld("grid_worker", held),))
    subject = SimpleNamespace(district_id=HERE, place_path=path)
    assert policy.role("grid_worker").test(actor, subject) is holds
    assert policy.role("admin").test(actor, subject) is False


def test_one_voice_for_oneself_and_one_for_an_organisation_and_none_for_the_government():
    oneself = Actor("a")
    company = Actor("a", organisation_id="o", organisation_kind="enterprise")
    office = Actor("a", organisation_id="g", organisation_kind="government")
    assert (oneself.voter_key, company.voter_key) == ("a:a", "o:o")
    assert (oneself.chamber, company.chamber, office.chamber, VISITOR.chamber) == ("resident", "enterprise", None, None)


@given(st.booleans(), st.booleans())
def test_predicates_combine_as_their_words_say(first, second):
    one = Predicate("one", lambda _a, _s: first)
    other = Predicate("other", lambda _a, _s: second)
    assert (one & other).test(VISITOR, None) is (first and second)
    assert (one | other).test(VISITOR, None) is (first or second)
    assert (~one).test(VISITOR, None) is (not first)
    assert (one & ~other).name == "one and not other"
