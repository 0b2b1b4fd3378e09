"""Steps that tests of decisions share."""

from __future__ import annotations

from gongzhi.domains.decisions.jobs import sweep
from gongzhi.kernel import db
from tests import factories as f


def on_notice(author, second, issues=None, **more):
    """A decision on public notice; its id."""
    decision = f.a_decision(author, issues or [f.an_issue()], **more)
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    return decision


def run_jobs(app):
    """What the clock would start."""
    with app.app_context(), db.isolated():
        sweep()
