"""More valid inputs: ballots, moderation, and how each person wants to be told."""

from __future__ import annotations

import base64
import itertools
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from gongzhi.domains.moderation.models import ModerationAppeal
from tests import factories as f
from tests.domains.ballots.steps import a_ballot
from tests.domains.moderation.world import a_moderator, api, case_of, decide, report
from tests.faults.writes import REASON, Request, World, write_of

_names = itertools.count(1)


def _comment(world: World) -> tuple[f.Person, str]:
    author = f.a_resident()
    return author, f.a_comment(author, world.issue(), "街道办这次做得很差。")


def _case(world: World) -> str:
    _author, comment = _comment(world)
    report(f.a_resident(), comment)
    return case_of(comment).id


@write_of("report_thing", alone=True)
def _report_thing(world: World) -> Request:
    _author, comment = _comment(world)
    return Request(f.a_resident(), "/reports", {"kind": "comment", "subject": comment, "ground": "insult"})


@write_of("claim_case")
def _claim_case(world: World) -> Request:
    return Request(a_moderator(), f"/moderation/cases/{_case(world)}/claim")


@write_of("take_measure", alone=True)
def _take_measure(world: World) -> Request:
    body = {"kind": "hide", "ground": "insult", "reason": REASON}
    return Request(a_moderator(), f"/moderation/cases/{_case(world)}/measures", body)


def _hidden(world: World) -> tuple[f.Person, str]:
    author, comment = _comment(world)
    report(f.a_resident(), comment)
    return author, decide(a_moderator(), case_of(comment).id, "hide", "insult")


@write_of("read_originals")
def _read_originals(world: World) -> Request:
    _author, comment = _comment(world)
    report(f.a_resident(), comment)
    case = case_of(comment).id
    decide(a_moderator(), case, "hide", "insult")
    return Request(a_moderator(), f"/moderation/cases/{case}/originals")


@write_of("appeal_measure", alone=True)
def _appeal_measure(world: World) -> Request:
    author, measure = _hidden(world)
    return Request(author, f"/measures/{measure}/appeal", {"words": "这是批评,不是辱骂。"})


@write_of("decide_on_appeal", alone=True)
def _decide_on_appeal(world: World) -> Request:
    made = _appeal_measure(world)
    answer = api(f._world.app.test_client, made.who, "POST", made.path, made.body)
    assert answer.status_code in (200, 201), answer.json
    with f.reading() as session:
        appeal = session.scalars(select(ModerationAppeal.id).order_by(ModerationAppeal.id.desc())).first()
    body = {"outcome": "upheld", "reason": "重新看过全文。"}
    return Request(a_moderator(), f"/moderation/appeals/{appeal}/decision", body)


@write_of("change_notice_settings", alone=True)
def _change_notice_settings(world: World) -> Request:
    return Request(f.a_resident(), "/me/notice-settings", {"kinds": {"comment": {"mail": False}}})


@write_of("choose_for_thing", alone=True)
def _choose_for_thing(world: World) -> Request:
    return Request(f.a_resident(), f"/me/things/issue/{world.issue()}", {"channels": {"mail": False}})


@write_of("add_area_alert")
def _add_area_alert(world: World) -> Request:
    return Request(f.a_resident(), "/me/area-alerts", {"place_id": f.places().community.id})


def _answered(made: Request) -> dict:
    answer = api(f._world.app.test_client, made.who, "POST", made.path, made.body)
    assert answer.status_code in (200, 201), answer.json
    return answer.json


@write_of("remove_area_alert", alone=True)
def _remove_area_alert(world: World) -> Request:
    made = _add_area_alert(world)
    return Request(made.who, f"/me/area-alerts/{_answered(made)['id']}")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@write_of("add_push_subscription", alone=True)
def _add_push_subscription(world: World) -> Request:
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    keys = {
        "p256dh": _text(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)),
        "auth": _text(os.urandom(16)),
    }
    body = {"endpoint": f"https://push.gongzhi.example/at-once-{next(_names)}", "keys": keys}
    return Request(f.a_resident(), "/me/push-subscriptions", body)


@write_of("remove_push_subscription", alone=True)
def _remove_push_subscription(world: World) -> Request:
    made = _add_push_subscription(world)
    return Request(made.who, f"/me/push-subscriptions/{_answered(made)['id']}")


@write_of("forget_push_subscription", alone=True)
def _forget_push_subscription(world: World) -> Request:
    made = _add_push_subscription(world)
    _answered(made)
    return Request(made.who, "/me/push-subscriptions/forget", {"endpoint": made.body["endpoint"]})


@write_of("create_ballot")
def _create_ballot(world: World) -> Request:
    body = {"subject": {"kind": "issue", "id": world.issue()}, "template": "simple", "question": "是否改造这段石阶"}
    return Request(world.author, "/ballots", body)


def _ballot(world: World) -> str:
    return a_ballot(officials=(world.author, world.second), on=world.issue())


@write_of("put_ballot_vote", alone=True)
def _put_ballot_vote(world: World) -> Request:
    body = {"choice": "for", "nonce": "a nonce of thirty-two characters"}
    return Request(f.a_resident(), f"/ballots/{_ballot(world)}/vote", body)


@write_of("post_ballot_comment")
def _post_ballot_comment(world: World) -> Request:
    return Request(world.resident, f"/ballots/{_ballot(world)}/comments", {"body": "请大家都来投票。"})
