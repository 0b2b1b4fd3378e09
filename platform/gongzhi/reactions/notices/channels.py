"""The channels of this installation: which there are, what they carry unless somebody chose otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gongzhi.kernel.carriers import kept_channels
from gongzhi.reactions.notices.models import Channel, NoticeKind
from gongzhi.reactions.notices.urgency import URGENT_KINDS

DEFAULTS: dict[Channel, frozenset[NoticeKind]] = {
    # One mail a day at most beside what is urgent: it can hold everything.
    Channel.MAIL: frozenset(NoticeKind),
    # Whoever lets a device be written to wants the important things on it.
    Channel.PUSH: frozenset(
        {
            NoticeKind.ANSWER,
            NoticeKind.DECISION,
            NoticeKind.REPLY,
            NoticeKind.MENTION,
            NoticeKind.AREA,
            NoticeKind.TASK,
            NoticeKind.ACCOUNT,
        }
    ),
    # An SMS costs the public money and interrupts: only for those who ask for it.
    Channel.SMS: frozenset(),
}
AT_ONCE_ONLY = (Channel.SMS,)
"""Channels without a digest."""
QUIETED = (Channel.SMS, Channel.PUSH)
"""Channels that make a sound, and so keep quiet hours."""


@dataclass(frozen=True)
class Site:
    """What messages need to know of the installation."""

    public_url: str
    demo: bool
    locale: str
    path_of: Callable[[Any], str]
    """The page a notice leads to."""


_here: list[Site] = []


def configure(site: Site) -> None:
    """Set the installation, when the process starts."""
    _here[:] = [site]


def site() -> Site:
    """The installation."""
    return _here[0]


def offered() -> tuple[Channel, ...]:
    """The channels that lead anywhere: without a relay or gateway only the demo's outbox takes mail and SMS."""
    kept = () if site().demo else kept_channels()
    return tuple(channel for channel in Channel if channel not in kept)


def carries(channel: Channel, kind: str) -> bool:
    """Whether this channel ever carries this kind."""
    return channel not in AT_ONCE_ONLY or kind in URGENT_KINDS


def by_default(channel: Channel, kind: str) -> bool:
    """Whether a kind comes on a channel when nobody chose."""
    return kind in DEFAULTS[channel]
