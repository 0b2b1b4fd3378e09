"""The stop link: a signed token that names account, kind and channel, and can do nothing but stop that."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.ids import is_id
from gongzhi.kernel.secrets import sign, signed
from gongzhi.reactions.notices import channels
from gongzhi.reactions.notices.choices import choose
from gongzhi.reactions.notices.models import DIGEST, Channel, NoticeKind

PURPOSE = "notices.stop"
LONGEST = 80
KINDS = (*NoticeKind, DIGEST)


@dataclass(frozen=True)
class Stop:
    """What is to be stopped."""

    account_id: str
    kind: str
    channel: Channel


def stop_token(account_id: str, kind: str, channel: str) -> str:
    """The token of a stop link; it never expires, as old mails are read late."""
    value = f"{account_id}.{kind}.{channel}"
    return f"{value}.{sign(value, PURPOSE)}"


def stop_url(account_id: str, kind: str, channel: str) -> str:
    """The link itself."""
    return f"{channels.site().public_url}/notices/stop/{stop_token(account_id, kind, channel)}"


def read_token(token: str) -> Stop:
    """What a token may stop. Raises `NotFound` for one that we did not make."""
    value, _dot, signature = token.rpartition(".")
    parts = value.split(".")
    if len(token) > LONGEST or len(parts) != 3 or not signed(value, signature, PURPOSE):
        raise NotFound
    account_id, kind, channel = parts
    if not is_id(account_id) or kind not in KINDS or channel not in tuple(Channel):
        raise NotFound
    return Stop(account_id, kind, Channel(channel))


def stop(session: Session, wanted: Stop) -> None:
    """Stop it. The token is the right to do so, whoever is signed in; doing it twice changes nothing."""
    choose(session, wanted.account_id, {(wanted.kind, wanted.channel): False})
