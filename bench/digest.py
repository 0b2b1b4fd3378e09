"""One decision with very many followers: telling, gathering, composing and handing over, beside a bare reference.

Prints one line of JSON. The relay is a carrier that takes everything and keeps nothing, so that what is measured
is ours; the reference writes as many rows of the same kind and composes as many mails, with nothing decided.
"""

import json
import resource
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import insert, select

from gongzhi.domains.comments.events import CommentPosted
from gongzhi.domains.issues.models import Follow
from gongzhi.domains.people.models import Account
from gongzhi.domains.places.actions import load_district
from gongzhi.kernel import carriers, clock, db, events, ids, secrets, settings
from gongzhi.kernel.relay import Relay
from gongzhi.reactions.notices.digests import gather
from gongzhi.reactions.notices.fan_out import fan_out
from gongzhi.reactions.notices.models import Channel, Delivery, DeliveryState, DigestItem, Notice, NoticeKind
from gongzhi.reactions.notices.sending import send_waiting
from gongzhi.web import schema
from gongzhi.web.app import create_app

PAGE = 1000
LONG = 3600.0


class Taker:
    """Takes every letter and counts."""

    def __init__(self) -> None:
        self.smtp = carriers.Smtp("smtp://127.0.0.1")
        self.taken = 0

    @contextmanager
    def line(self):
        yield self.hand

    def hand(self, letter: carriers.Letter) -> None:
        self.smtp.compose(letter)
        self.taken += 1

    def send(self, recipient: str, subject: str, body: str) -> None:
        self.hand(carriers.Letter(recipient, subject, body))


def people(count: int) -> tuple[str, str]:
    """A district with that many accounts, all followers of one thing; its id and the thing's."""
    with db.write() as session:
        top = load_district(session, "500103")
    thing, now = ids.new_id(), clock.now()
    for start in range(0, count, PAGE):
        numbers = range(start, min(start + PAGE, count))
        accounts = [
            {
                "id": ids.new_id(),
                "district_id": top.district_id,
                "name": f"居民{number}",
                "email": secrets.encrypt(f"bench{number}@mail.gongzhi", "people.email"),
                "password_hash": "!",
                "created_at": now,
            }
            for number in numbers
        ]
        follows = [
            {
                "subject_kind": "issue",
                "subject_id": thing,
                "account_id": one["id"],
                "district_id": top.district_id,
                "at": now,
            }
            for one in accounts
        ]
        with db.write() as session:
            session.execute(insert(Account), accounts)
            session.execute(insert(Follow), follows)
    return top.district_id, thing


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def reference(district: str, thing: str, count: int) -> float:
    """The same rows and mails, written and composed without asking anybody anything."""
    taker, now = Taker(), clock.now()
    start = time.perf_counter()
    last = None
    while True:
        with db.write() as session:
            page = select(Account.id).order_by(Account.id).limit(PAGE)
            accounts = list(session.scalars(page.where(Account.id > last) if last else page))
            if not accounts:
                break
            last = accounts[-1]
            notices = [
                {
                    "id": ids.new_id(),
                    "district_id": district,
                    "account_id": account,
                    "event_id": -1,
                    "kind": NoticeKind.COMMENT,
                    "text": "comment.on_yours",
                    "subject_kind": "issue",
                    "subject_id": thing,
                    "details": {},
                    "at": now,
                }
                for account in accounts
            ]
            deliveries = [
                {
                    "id": ids.new_id(),
                    "district_id": district,
                    "account_id": account,
                    "channel": Channel.MAIL,
                    "digest_on": now.date(),
                    "state": DeliveryState.SENT,
                    "attempts": 1,
                    "due_at": now,
                    "created_at": now,
                    "finished_at": now,
                    "error": "",
                }
                for account in accounts
            ]
            items = [
                {
                    "account_id": notice["account_id"],
                    "channel": Channel.MAIL,
                    "notice_id": notice["id"],
                    "district_id": district,
                    "due_at": now,
                    "delivery_id": delivery["id"],
                }
                for notice, delivery in zip(notices, deliveries, strict=True)
            ]
            for model, rows in ((Notice, notices), (Delivery, deliveries), (DigestItem, items)):
                session.execute(insert(model), rows)
            for account in accounts:
                taker.send(f"{account}@mail.gongzhi", "共治", "您关注的 1 件事有新进展" * 10)
    assert taker.taken == count
    return time.perf_counter() - start


def measure(relay: Relay, count: int) -> dict:
    taker = Taker()
    carriers.set_carrier("mail", taker)
    district, thing = people(count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with db.write() as session:
        events.record(
            session,
            CommentPosted(
                district_id=district, comment_id=ids.new_id(), subject_kind="issue", subject_id=thing, official=False
            ),
        )
    relayed = timed(relay.drain)
    told = timed(lambda: fan_out(LONG))
    with clock.as_of(clock.now() + timedelta(days=1)):
        gathered = timed(gather)
        sent = timed(lambda: send_waiting(LONG))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert taker.taken == count, taker.taken
    whole = relayed + told + gathered + sent
    bare = reference(district, thing, count)
    return {
        "people": count,
        "seconds": {"listener": relayed, "telling": told, "gathering": gathered, "sending": sent},
        "per_second": count / whole,
        "reference": {"per_second": count / bare},
        "ratio": bare / whole,
        "grew_mib": (peak - before) / 1024,
        "peak_mib": peak / 1024,
    }


if __name__ == "__main__":
    # A database of its own: the servers of the other measures would tell and send as well.
    with tempfile.TemporaryDirectory(prefix="gongzhi-digest-") as folder:
        url = f"sqlite:///{folder}/digest.sqlite3"
        chosen = settings.load({"GONGZHI_DATA_DIR": folder, "GONGZHI_DATABASE_URL": url, "GONGZHI_REDIS_URL": ""})
        app = create_app(chosen)
        schema.upgrade(chosen)
        with app.app_context():
            figures = measure(app.extensions["relay"], int(sys.argv[1]))
    print(json.dumps(figures))
