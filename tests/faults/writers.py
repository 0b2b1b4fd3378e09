"""People who go on voting and commenting whatever happens, and remember what they were told is done."""

from __future__ import annotations

import itertools
import random
import threading
import time
import uuid
from datetime import timedelta
from typing import Self

import requests
from sqlalchemy import select

from gongzhi.domains.people.models import Membership
from tests import factories

CHOICES = ("support", "oppose", "neutral")
AWAY = requests.RequestException
LATER = (409, 429, 502, 503, 507)
TIRED = 0.01


def _long_in_office() -> factories.Person:
    """An official since yesterday: also for a server whose clock is hours behind."""
    official = factories.an_official()
    with factories.writing() as session:
        for membership in session.scalars(select(Membership).where(Membership.account_id == official.id)):
            membership.starts_at -= timedelta(days=1)
    return official


class Writer(threading.Thread):
    """One person with a program, on one issue."""

    def __init__(self, site, issue: str) -> None:
        super().__init__(daemon=True)
        self.person = factories.a_resident()
        self.headers = factories.bearer(self.person)
        self.speaker = factories.bearer(_long_in_office())
        """Who says what it has to say: offices may say as much in a day as they want."""
        self.address = f"{site.address}/api/v1/issues/{issue}"
        self.choice: set[str] = set()
        """What the vote may be: one choice when the last answer came, more when it never did."""
        self.comments: dict[str, str] = {}
        self.refused: list[str] = []
        self.count = 0
        self.leaving = threading.Event()
        self._random = random.Random(self.person.id)
        self._line = requests.Session()

    def run(self) -> None:
        for number in itertools.count(1):
            if self.leaving.is_set():
                break
            self._vote(self._random.choice(CHOICES))
            if number % 3 == 0:
                self._comment(f"第{number}句话 {uuid.uuid4().hex}")
        self._line.close()

    def _vote(self, choice: str) -> None:
        self.choice = self.choice | {choice}
        answer = self._send("PUT", "/vote", {"choice": choice})
        if answer is not None and answer.status_code == 200:
            self.choice = {choice}
            self.count += 1

    def _comment(self, words: str) -> None:
        """Sent with one key until it is answered: said once however often it was sent."""
        key = uuid.uuid4().hex
        while True:
            answer = self._send("POST", "/comments", {"body": words}, {**self.speaker, "Idempotency-Key": key})
            if answer is not None and answer.status_code == 201:
                self.comments[answer.json()["id"]] = words
                self.count += 1
                return
            if self.leaving.is_set():
                return
            time.sleep(TIRED)

    def _send(self, method: str, path: str, body, headers=None) -> requests.Response | None:
        try:
            answer = self._line.request(
                method, self.address + path, json=body, headers={**self.headers, **(headers or {})}, timeout=30
            )
        except AWAY:
            time.sleep(TIRED)
            return None
        if answer.status_code in LATER:
            time.sleep(TIRED)
        elif answer.status_code not in (200, 201):
            self.refused.append(f"{method} {path} {answer.status_code} {answer.text[:300]}")
        return answer


class Writers:
    """Several of them, and what they know."""

    def __init__(self, site, how_many: int = 4) -> None:
        self.site = site
        self.issue = site.an_issue()
        self.all = [Writer(site, self.issue) for _ in range(how_many)]

    def __enter__(self) -> Self:
        for writer in self.all:
            writer.start()
        return self

    def __exit__(self, *_problem) -> None:
        self.stop()

    def stop(self) -> None:
        for writer in self.all:
            writer.leaving.set()
        for writer in self.all:
            writer.join(60)

    @property
    def count(self) -> int:
        """How many writes were acknowledged."""
        return sum(writer.count for writer in self.all)

    def said(self) -> dict[str, str]:
        """The comments acknowledged so far."""
        return {key: words for writer in self.all for key, words in list(writer.comments.items())}

    def assert_refused_nothing(self) -> None:
        assert [line for writer in self.all for line in writer.refused] == []

    def assert_all_there(self) -> None:
        """Every write acknowledged before this call is stored, as acknowledged, and once."""
        from sqlalchemy import select

        from gongzhi.domains.comments.models import Comment

        said = self.said()
        with factories.reading() as session:
            stored = dict(
                session.execute(select(Comment.id, Comment.body).where(Comment.subject_id == self.issue)).all()
            )
        assert {key: stored.get(key) for key in said} == said
        assert len(set(stored.values())) == len(stored)

    def assert_votes_as_told(self) -> None:
        """Once nobody writes: each vote is the one acknowledged, or one whose answer was lost after it."""
        stored = self.site.votes(self.issue)
        for writer in self.all:
            if writer.choice:
                assert stored.get(writer.person.id, "none") in writer.choice | (
                    {"none"} if len(writer.choice) > 1 else set()
                )
