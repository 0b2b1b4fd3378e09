"""kill -9 of web and worker in the middle of writing, a hundred times on each database."""

from __future__ import annotations

import random
import time

from sqlalchemy import func, select

from gongzhi.domains.comments.models import Comment
from gongzhi.domains.issues.models import Issue
from gongzhi.reactions.notices.models import Notice
from tests import factories
from tests.faults.writers import Writers
from tests.live.installation import until

ROUNDS = 100
WORKER_EVERY = 5


def test_what_was_acknowledged_outlives_a_hundred_kills_and_happens_once(site):
    site.start()
    chance = random.Random(7)
    with Writers(site) as writers:
        for number in range(1, ROUNDS + 1):
            known = writers.count
            until(lambda known=known: writers.count > known, 60)
            time.sleep(chance.random() / 20)  # anywhere in the middle of it
            site.kill_web()
            if site.scaled and number % WORKER_EVERY == 0:
                site.kill_worker()
            writers.assert_all_there()
    writers.assert_refused_nothing()
    assert writers.count > ROUNDS
    writers.assert_all_there()
    writers.assert_votes_as_told()
    site.deliver()
    site.assert_well()
    with factories.reading() as session:
        twice = select(Notice.event_id).group_by(Notice.account_id, Notice.event_id).having(func.count() > 1)
        assert session.scalars(twice).all() == []
        # The author of the issue is told of every comment of an office, and once of each.
        author = session.get_one(Issue, writers.issue).author_id
        told = select(func.count()).where(Notice.account_id == author, Notice.text == "comment.official")
        said = select(func.count()).where(Comment.subject_id == writers.issue)
        assert session.scalar(told) == session.scalar(said) >= len(writers.said()) > 0
