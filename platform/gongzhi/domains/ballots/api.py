"""Ballots over the JSON API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from pydantic import ConfigDict, Field

from gongzhi.domains.comments.api import CommentIn, CommentOut, CommentQuery, list_of, post_on
from gongzhi.domains.comments.permissions import COMMENT
from gongzhi.domains.places.queries import access_place
from gongzhi.kernel.api import ApiIn, ApiOut, ListQuery, operation
from gongzhi.kernel.db import moment, session, write
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.pages import Page
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l

from . import actions
from .models import Ballot, BallotState, Reasons, Results
from .permissions import DRAFT_BALLOT, READ_BALLOT, VOTE_BALLOT
from .queries import (
    BallotRow,
    access_ballot,
    access_ballot_subject,
    all_ballots,
    ballot_page,
    certificate,
    list_ballots,
    rules_of,
    running_count,
    sees_count,
    standing,
    template_of,
    turnout,
)
from .rules.choices import Method
from .rules.course import Phase, Terms, Words
from .rules.templates import CODES


class BallotSubjectIn(ApiIn):
    """What the ballot is held on."""

    kind: str = Field(max_length=16, examples=["issue"])
    id: str = Field(max_length=13)


class BallotOptionIn(ApiIn):
    """An option of a ballot that is not for or against."""

    label: str = Field(min_length=1, max_length=120)
    about: str = Field("", max_length=300)


class BallotIn(ApiIn):
    """A draft of one's own office. What is left out is as the template has it."""

    subject: BallotSubjectIn
    template: str = Field(max_length=30, examples=list(CODES))
    question: str = Field(min_length=4, max_length=120)
    about: str = Field("", max_length=20_000)
    options: list[BallotOptionIn] = Field([], max_length=20)
    places: list[str] = Field([], max_length=50)
    chambers: list[str] | None = Field(None, max_length=3)
    level: int | None = Field(None, ge=1, le=2)
    secret: bool | None = None
    reasons: Reasons | None = None
    results: Results | None = None
    paper: bool | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    paper_until: datetime | None = None
    quorum: str | None = Field(None, max_length=20, examples=["1/2"])


class BallotQuery(ListQuery):
    """Which ballots; all public ones without a status."""

    status: Phase | None = None
    place: str | None = Field(None, max_length=13)


class BallotOut(ApiOut):
    """A ballot as in a list."""

    id: str
    question: str
    status: Phase
    template: str
    method: Method
    secret: bool
    binding: bool
    office: str
    place: str
    subject: dict[str, str]
    opens_at: datetime | None
    closes_at: datetime | None
    entitled: int | None
    voted: int
    rules_hash: str | None
    result_hash: str | None
    comment_count: int
    version: int


class BallotDetail(BallotOut):
    """A ballot with its rules; `rules` is exactly what was hashed."""

    about: str
    basis: str
    options: list[dict[str, str]]
    rules: dict[str, Any] | None
    cancel_reason: str
    on_roll: bool
    voted_by_me: bool


class BallotVoteIn(ApiIn):
    """A choice: for | against | abstain; keys of options; groups of keys, the best first; a score for each key."""

    choice: str | list[str] | list[list[str]] | dict[str, int]
    reason: str = Field("", max_length=500)
    nonce: str = Field("", max_length=100, description="22 to 100 random characters of your own")


class BallotReceiptOut(ApiOut):
    """What only you are told. Keep it: after the close `receipt` is in the published list with choice and salt."""

    ballot: str
    receipt: str
    salt: str
    nonce: str
    voter: str
    choice: Any
    reason: str
    how_to_check: str = (
        "salt = SHA-256('gongzhi-ballot-salt-v1\\n' ballot '\\n' voter '\\n' nonce); "
        "receipt = SHA-256('gongzhi-ballot-commitment-v1\\n' ballot '\\n' canonical JSON of choice '\\n' salt)"
    )


class BallotResultOut(ApiOut):
    """After the close the certificate (`kind` gongzhi-ballot); before, how far it is (gongzhi-ballot-running)."""

    model_config = ConfigDict(extra="allow")

    kind: str
    outcome: dict[str, Any] | None


def _row(row: BallotRow) -> BallotOut:
    ballot = row.ballot
    return BallotOut(
        id=ballot.id,
        question=ballot.title,
        status=row.phase,
        template=ballot.template,
        method=Method(ballot.method),
        secret=ballot.secret,
        binding=ballot.binding,
        office=row.office.name_zh,
        place=row.place.id,
        subject={"kind": ballot.subject_kind, "id": ballot.subject_id},
        opens_at=ballot.opens_at,
        closes_at=ballot.closes_at,
        entitled=ballot.entitled,
        voted=row.voted,
        rules_hash=ballot.rules_hash,
        result_hash=ballot.result_hash,
        comment_count=ballot.comment_count,
        version=ballot.version,
    )


def _detail(ballot: Ballot) -> BallotDetail:
    page = ballot_page(session(), actor(), ballot, moment(session()))
    return BallotDetail(
        **_row(BallotRow(ballot, page.office, page.place, page.phase, page.voted)).model_dump(),
        about=ballot.body,
        basis=ballot.basis,
        options=ballot.options,
        rules=rules_of(ballot) if ballot.frozen else None,
        cancel_reason=ballot.reason,
        on_roll=page.mine.on_roll,
        voted_by_me=page.mine.how is not None,
    )


@operation("GET", "/ballots", PUBLIC, query=BallotQuery, answer=BallotOut, lists=True, tag="ballots")
def list_public_ballots(query: BallotQuery) -> Page[BallotOut]:
    """Public ballots: newest first, or of one status in the order of their close."""
    place = access_place(session(), actor(), query.place) if query.place else None
    now = moment(session())
    if query.status is None:
        page = all_ballots(session(), actor(), now, place=place, after=query.cursor, limit=query.limit)
    else:
        page = list_ballots(
            session(), actor(), now, phase=query.status, place=place, after=query.cursor, limit=query.limit
        )
    return Page([_row(row) for row in page.items], page.next_cursor)


@operation("POST", "/ballots", DRAFT_BALLOT, body=BallotIn, answer=BallotDetail, status=201, tag="ballots")
def create_ballot(body: BallotIn) -> BallotDetail:
    """Draft a ballot for one's office; a second official opens it."""
    try:
        subject, thing = access_ballot_subject(session(), actor(), body.subject.kind, body.subject.id)
    except NotFound:
        raise Invalid.of("subject", _l("There is no such thing to hold a ballot on.")) from None
    try:
        template = template_of(session(), actor().district_id, body.template)
    except NotFound:
        raise Invalid.of("template", _l("This is not one of the choices.")) from None
    try:
        place = access_place(session(), actor(), thing.place_id)
        places = [access_place(session(), actor(), key) for key in body.places] or [place]
    except NotFound:
        raise Invalid.of("places", _l("There is no such place.")) from None
    usual = actions.usual_terms(template, moment(session()))
    terms = Terms(
        chambers=usual.chambers if body.chambers is None else tuple(body.chambers),
        level=body.level or usual.level,
        secret=usual.secret if body.secret is None else body.secret,
        reasons=body.reasons or usual.reasons,
        results=body.results or usual.results,
        paper=usual.paper if body.paper is None else body.paper,
        opens_at=_aware(body.opens_at, "opens_at") or usual.opens_at,
        closes_at=_aware(body.closes_at, "closes_at") or usual.closes_at,
        paper_until=_aware(body.paper_until, "paper_until"),
        quorum=body.quorum,
    )
    words = Words(body.question, body.about, tuple((one.label, one.about) for one in body.options))
    with write() as current:
        ballot = actions.draft_ballot(
            current, actor(), subject, thing, place, template, words, terms=terms, places=places
        )
    return _detail(ballot)


def _aware(at: datetime | None, field: str) -> datetime | None:
    if at is not None and (at.tzinfo is None or not 2000 <= at.year <= 2200):
        raise Invalid.of(field, _l("Give a time with its zone, such as 2026-11-27T09:00:00+08:00."))
    return at


@operation("GET", "/ballots/<ballot_id>", READ_BALLOT, answer=BallotDetail, tag="ballots", ballot=access_ballot)
def get_ballot(ballot: Ballot) -> BallotDetail:
    """One ballot with its frozen rules."""
    return _detail(ballot)


@operation(
    "PUT",
    "/ballots/<ballot_id>/vote",
    VOTE_BALLOT,
    body=BallotVoteIn,
    answer=BallotReceiptOut,
    tag="ballots",
    keeps=False,
    ballot=access_ballot,
)
def put_ballot_vote(ballot: Ballot, body: BallotVoteIn) -> BallotReceiptOut:
    """Vote, or change one's vote until the close: the answer is the receipt.

    The same request gives the same receipt again; with an Idempotency-Key it enters the receipt, and nothing of
    request or answer is kept beside your account.
    """
    receipt = actions.vote_now(
        actor(),
        ballot,
        choice=body.choice,
        reason=body.reason,
        nonce=body.nonce,
        key=request.headers.get("Idempotency-Key", "")[:200],
    )
    return BallotReceiptOut(
        ballot=receipt.ballot_id,
        receipt=receipt.commitment,
        salt=receipt.salt,
        nonce=receipt.nonce,
        voter=receipt.voter,
        choice=receipt.choice,
        reason=receipt.reason,
    )


@operation(
    "GET", "/ballots/<ballot_id>/result", READ_BALLOT, answer=BallotResultOut, tag="ballots", ballot=access_ballot
)
def get_ballot_result(ballot: Ballot) -> BallotResultOut:
    """The certificate after the close; before it the turnout, and the count where the rules show it."""
    if ballot.state == BallotState.CERTIFIED:
        return BallotResultOut.model_validate(certificate(session(), ballot))
    mine = standing(session(), actor(), ballot)
    shown = sees_count(ballot, voted=mine.how is not None)
    return BallotResultOut.model_validate(
        {
            "kind": "gongzhi-ballot-running",
            "status": str(ballot_page(session(), actor(), ballot, moment(session())).phase),
            "entitled": ballot.entitled,
            "voted": turnout(session(), ballot.id),
            "outcome": running_count(session(), ballot) if shown else None,
        }
    )


@operation(
    "GET",
    "/ballots/<ballot_id>/comments",
    READ_BALLOT,
    query=CommentQuery,
    answer=CommentOut,
    lists=True,
    tag="comments",
    ballot=access_ballot,
)
def list_ballot_comments(ballot: Ballot, query: CommentQuery) -> Page[CommentOut]:
    """Comments on a ballot."""
    return list_of("ballot", ballot, query)


@operation(
    "POST",
    "/ballots/<ballot_id>/comments",
    COMMENT,
    body=CommentIn,
    answer=CommentOut,
    status=201,
    tag="comments",
    ballot=access_ballot,
)
def post_ballot_comment(ballot: Ballot, body: CommentIn) -> CommentOut:
    """Comment on a ballot."""
    return post_on("ballot", ballot, body)
