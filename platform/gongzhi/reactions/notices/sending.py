"""Handing over what is due, at most once for each person, channel and notice (docs/decisions/0013).

A worker takes a batch by a lease. Before each message (of digests: before some) it writes `sending`, in the same
commit as the outcomes before; only the holder of the lease can. Whoever dies before that has sent nothing, and
the rest of the batch is taken over when the lease ends. Whoever dies after it may have sent what is marked so:
it is given up, never sent again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from gongzhi.domains.people.actions import keep_message
from gongzhi.domains.people.models import AccountSession
from gongzhi.kernel import carriers, clock, secrets
from gongzhi.kernel.carriers import Hand, Letter, NotCarried, NotNow, Uncertain
from gongzhi.kernel.db import isolated, write
from gongzhi.reactions.notices import push
from gongzhi.reactions.notices.composing import Prepared, prepare
from gongzhi.reactions.notices.models import Channel, Delivery, DeliveryState, PushSubscription

BATCH = 100
LEASE = timedelta(minutes=10)
MOST_SECONDS = 45.0
MOST_ATTEMPTS = 6
BACK_OFF = timedelta(minutes=1)
GROUP = 20
"""So many digests are begun in one commit: what a worker that dies can leave in doubt. Urgent things: one."""
GIVE_UP_AFTER = 3
"""So many refusals in a row mean that the carrier is away: the rest of the batch waits."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of one delivery, to be written down."""

    id: str
    state: DeliveryState
    error: str = ""
    due_at: datetime | None = None
    gone: tuple[str, ...] = ()
    """Devices that do not exist any more."""
    kept: tuple[str, Channel, Letter] | None = None
    """For the outbox of the demo."""


def send_waiting(seconds: float = MOST_SECONDS) -> int:
    """Hand over what is due until nothing is left or the time is over; returns how many were taken by carriers."""
    ends = time.monotonic() + seconds
    sent = 0
    with isolated(), ExitStack() as lines:
        give_up_uncertain()
        worker = _Worker(lines)
        while time.monotonic() < ends:
            batch = worker.claim()
            if not batch:
                break
            sent += worker.send(batch)
    return sent


def give_up_uncertain() -> int:
    """What a dead worker left between `sending` and its outcome may have gone: it is not sent again."""
    with write() as session:
        forget_devices_signed_out(session)
        left = session.scalars(
            update(Delivery)
            .where(Delivery.state == DeliveryState.SENDING, Delivery.lease_until < clock.now())
            .values(state=DeliveryState.DROPPED, error="uncertain", finished_at=clock.now(), lease=None)
            .returning(Delivery.id)
        ).all()
    if left:
        log.warning("deliveries_uncertain", count=len(left))
    return len(left)


def forget_devices_signed_out(session: Session) -> None:
    """A device that was signed out hears nothing more of the account."""
    ended = select(AccountSession.id).where(AccountSession.revoked_at.is_not(None))
    session.execute(
        delete(PushSubscription)
        .where(PushSubscription.session_id.in_(ended))
        .execution_options(synchronize_session=False)
    )


class _Worker:
    """One run of the job: its own word for leases, its lines to carriers, the key for push."""

    def __init__(self, lines: ExitStack) -> None:
        self._word = secrets.random_token()[:16]
        self._lines = lines
        self._open: dict[Channel, Hand] = {}
        self._key: push.SigningKey | None = None

    def claim(self) -> list[str]:
        """Take the next deliveries that are due, oldest first: pending ones nobody holds."""
        now = clock.now()
        free = or_(Delivery.lease_until.is_(None), Delivery.lease_until < now)
        with write() as session:
            due = list(
                session.scalars(
                    select(Delivery.id)
                    .where(Delivery.state == DeliveryState.PENDING, Delivery.due_at <= now, free)
                    .order_by(Delivery.due_at)
                    .limit(BATCH)
                    .with_for_update(skip_locked=True)
                )
            )
            if due:
                session.execute(
                    update(Delivery).where(Delivery.id.in_(due)).values(lease=self._word, lease_until=now + LEASE)
                )
        return due

    def send(self, batch: list[str]) -> int:
        """Hand over a batch; returns how many were taken."""
        with isolated():
            prepared = prepare(batch)
        outcomes: list[Outcome] = []
        unsent: list[Prepared] = []
        sent = refusals = 0
        try:
            for group in _groups(prepared):
                done, outcomes = outcomes, []
                unsent = self._begin(group, done)
                while unsent and refusals < GIVE_UP_AFTER:
                    outcome = self._hand_over(unsent[0])
                    del unsent[0]
                    outcomes.append(outcome)
                    sent += outcome.state == DeliveryState.SENT
                    refusals = refusals + 1 if outcome.state == DeliveryState.PENDING else 0
                if refusals >= GIVE_UP_AFTER:
                    self._let_go(batch)
                    break
        finally:
            # What was begun and not handed over certainly did not go.
            outcomes += [Outcome(one.id, DeliveryState.PENDING, "", clock.now() + BACK_OFF) for one in unsent]
            with write() as session:
                _settle_all(session, outcomes)
        return sent

    def _begin(self, group: list[Prepared], before: list[Outcome]) -> list[Prepared]:
        """In one commit: the outcomes before, and that these are being handed over, as far as they are still ours."""
        mine = (Delivery.state == DeliveryState.PENDING, Delivery.lease == self._word)
        with write() as session:
            _settle_all(session, before)
            for one in group:
                if one.reason:
                    outcome = Outcome(one.id, _set_aside(one), one.reason, one.wait_until)
                    _settle(session, outcome, Delivery.id == one.id, *mine)
            begun = set(
                session.scalars(
                    update(Delivery)
                    .where(Delivery.id.in_([one.id for one in group if not one.reason]), *mine)
                    .values(
                        state=DeliveryState.SENDING,
                        attempts=Delivery.attempts + 1,
                        lease_until=clock.now() + LEASE,
                    )
                    .returning(Delivery.id)
                    .execution_options(synchronize_session=False)
                )
            )
        return [one for one in group if one.id in begun]

    def _let_go(self, rest: list[str]) -> None:
        """The carrier is away: whoever comes next may try these, a little later."""
        with write() as session:
            session.execute(
                update(Delivery)
                .where(Delivery.id.in_(rest), Delivery.state == DeliveryState.PENDING, Delivery.lease == self._word)
                .values(lease=None, lease_until=None, due_at=clock.now() + BACK_OFF)
            )

    def _hand_over(self, one: Prepared) -> Outcome:
        if one.channel == Channel.PUSH:
            return self._push(one)
        if one.channel in carriers.kept_channels():
            return Outcome(one.id, DeliveryState.SENT, kept=(one.district_id, one.channel, one.letter))
        if one.channel not in self._open:
            self._open[one.channel] = self._lines.enter_context(carriers.line(one.channel))
        try:
            self._open[one.channel](one.letter)
        except Uncertain as error:
            return Outcome(one.id, DeliveryState.DROPPED, f"uncertain: {error}")
        except NotNow as error:
            return _later(one, str(error))
        except (NotCarried, ValueError) as error:
            return Outcome(one.id, DeliveryState.FAILED, str(error))
        except OSError as error:
            # A carrier of somebody else's making that does not say what it means.
            return Outcome(one.id, DeliveryState.DROPPED, f"uncertain: {type(error).__name__}")
        return Outcome(one.id, DeliveryState.SENT)

    def _push(self, one: Prepared) -> Outcome:
        """To each device of the person. Once any has it, the others are not tried again: it is one message."""
        if not one.devices:
            return Outcome(one.id, DeliveryState.SENT, kept=(one.district_id, one.channel, one.letter))
        if self._key is None:
            with write() as session:
                self._key = push.signing_key(session)
        found = {device.id: push.push(self._key, device, one.payload, urgent=one.urgent) for device in one.devices}
        gone = tuple(device for device, how in found.items() if how == push.Outcome.GONE)
        outcomes = set(found.values())
        if push.Outcome.TAKEN in outcomes:
            return Outcome(one.id, DeliveryState.SENT, gone=gone)
        if push.Outcome.UNCERTAIN in outcomes:
            return Outcome(one.id, DeliveryState.DROPPED, "uncertain", gone=gone)
        if push.Outcome.LATER in outcomes:
            return replace(_later(one, "busy"), gone=gone)
        return Outcome(one.id, DeliveryState.FAILED, "no device", gone=gone)


def _groups(prepared: list[Prepared]) -> Iterator[list[Prepared]]:
    """What is begun together: urgent things one by one, digests some at a time."""
    group: list[Prepared] = []
    for one in prepared:
        if group and (one.urgent or group[0].urgent or len(group) >= GROUP):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _set_aside(one: Prepared) -> DeliveryState:
    return DeliveryState.DROPPED if one.wait_until is None else DeliveryState.PENDING


def _later(one: Prepared, error: str) -> Outcome:
    """Certainly not taken: again after one minute, two, four …"""
    if one.attempts + 1 >= MOST_ATTEMPTS:
        return Outcome(one.id, DeliveryState.FAILED, error)
    return Outcome(one.id, DeliveryState.PENDING, error, clock.now() + BACK_OFF * 2**one.attempts)


def _settle_all(session: Session, outcomes: list[Outcome]) -> None:
    """Write outcomes down, the ordinary ones in one statement."""
    ordinary = [one.id for one in outcomes if one == Outcome(one.id, DeliveryState.SENT)]
    if ordinary:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(ordinary), Delivery.state == DeliveryState.SENDING)
            .values(state=DeliveryState.SENT, lease=None, lease_until=None, finished_at=clock.now())
            .execution_options(synchronize_session=False)
        )
    for outcome in outcomes:
        if outcome.id not in ordinary:
            _settle(session, outcome)


def _settle(session: Session, outcome: Outcome, *conditions: Any) -> None:
    """Write an outcome down."""
    pending = outcome.state == DeliveryState.PENDING
    session.execute(
        update(Delivery)
        .where(*(conditions or (Delivery.id == outcome.id, Delivery.state == DeliveryState.SENDING)))
        .values(
            state=outcome.state,
            error=outcome.error[:80],
            lease=None,
            lease_until=None,
            finished_at=None if pending else clock.now(),
            **({"due_at": outcome.due_at} if pending else {}),
        )
    )
    if outcome.gone:
        session.execute(delete(PushSubscription).where(PushSubscription.id.in_(outcome.gone)))
    if outcome.kept:
        district_id, channel, letter = outcome.kept
        keep_message(
            session,
            district_id=district_id,
            channel=channel,
            recipient=letter.recipient,
            subject=letter.subject,
            body=letter.text,
        )
