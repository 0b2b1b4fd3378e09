"""What the demo's people say, put on the timeline with replies and reactions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from gongzhi.domains.comments.actions import post_comment, react
from gongzhi.domains.comments.models import Comment, ReactionKind, Stance
from gongzhi.domains.comments.queries import registered
from gongzhi.web.demo.talk import TALK, USUAL, Said
from gongzhi.web.demo.world import World


def plan_talk(world: World, number: int, start: datetime, ends: datetime, residents: Sequence[str]) -> None:
    """The discussion of an issue: what was written for it, or some of what is usually said."""
    said = TALK.get(number)
    if said is None:
        chosen = world.rng.sample(USUAL, k=world.rng.randint(1, 4))
        said = tuple(Said(stance, text) for stance, text in chosen)
    plan_comments(world, "issue", f"issue {number}", said, start, ends, residents)


def plan_comments(
    world: World,
    kind: str,
    key: str,
    said: Sequence[Said],
    start: datetime,
    ends: datetime,
    residents: Sequence[str],
) -> None:
    """Comments on anything that is found in `world.made` by `key`, each with its replies and reactions."""
    speakers = list(residents)
    world.rng.shuffle(speakers)
    share = (ends - start) / (len(said) + 1)
    for position, one in enumerate(said, start=1):
        moment = start + share * (position - world.rng.random() * 0.6)
        who = one.who or speakers[position % len(speakers)]
        name = f"{key} comment {position}"
        world.at(moment, partial(_say, world, kind, key, name, who, one, None))
        for later, answer in enumerate(one.replies, start=1):
            replier = answer.who or speakers[-(position + later) % len(speakers)]
            at = min(moment + timedelta(hours=3 * later + world.rng.random()), ends)
            world.at(at, partial(_say, world, kind, key, f"{name}.{later}", replier, answer, name))
        readers = [reader for reader in speakers if reader != who][: world.rng.randint(0, 6)]
        for reader in readers:
            liked = ReactionKind.AGREE if world.rng.random() < 0.85 else ReactionKind.DISAGREE
            world.at(world.between(moment, ends), partial(_react, world, key, name, reader, liked))


def _say(world: World, kind: str, key: str, name: str, who: str, said: Said, parent: str | None) -> None:
    thing: Any = world.made[key]
    subject = registered(kind)
    above: Comment | None = world.made.get(parent) if parent else None
    if not subject.is_open(thing) or (parent and above is None):
        return
    world.made[name] = post_comment(
        world.session,
        world.act(who, said.of),
        subject,
        thing,
        body=said.text,
        stance=Stance(said.stance),
        parent=above,
    )


def _react(world: World, key: str, name: str, reader: str, kind: ReactionKind) -> None:
    comment: Comment | None = world.made.get(name)
    if comment is None or comment.account_id == world.accounts[reader].id:
        return
    if registered(comment.subject_kind).is_open(world.made[key]):
        react(world.session, world.act(reader), comment, kind)
