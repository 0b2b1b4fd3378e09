"""Whatever people try in whatever order: the trace is one unbroken chain, and what is refused changes nothing."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gongzhi.domains.issues import actions
from gongzhi.domains.issues.models import Issue, IssueState, IssueTransition, Triage
from gongzhi.domains.issues.rules.lifecycle import DONE_STATES, GONE_STATES, MACHINE, OPEN_STATES, Act
from gongzhi.kernel import clock, db
from gongzhi.kernel.errors import DomainError

REASON = "理由充分。"
STEPS = {
    "accept": actions.accept_issue,
    "start": actions.start_work,
    "pause": lambda s, who, issue: actions.pause_issue(s, who, issue, reason=REASON),
    "resume": actions.resume_issue,
    "extend": lambda s, who, issue: actions.extend_deadline(s, who, issue, days=3, reason=REASON),
    "answer": lambda s, who, issue: actions.answer_issue(s, who, issue, body="已安排检修。"),
    "resolve": lambda s, who, issue: actions.resolve_issue(s, who, issue, reason=REASON),
    "decline": lambda s, who, issue: actions.declare_not_possible(s, who, issue, reason=REASON),
    "triage": lambda s, who, issue: actions.triage_issue(s, who, issue, triage=Triage.BIG, reason=REASON),
    "edit": lambda s, who, issue: actions.edit_issue(s, who, issue, title="换一个标题"),
    "note": lambda s, who, issue: actions.add_note(s, who, issue, text="补充一点。"),
    "withdraw": lambda s, who, issue: actions.withdraw_issue(s, who, issue, reason=REASON),
    "rate": lambda s, who, issue: actions.rate_issue(s, who, issue, solved="no", satisfaction=2),
    "reopen": lambda s, who, issue: actions.reopen_issue(s, who, issue, reason=REASON),
    "support": lambda s, who, issue: actions.cast_vote(s, who, issue.id, choice="support"),
}
PEOPLE = ("author", "office", "above", "resident")


def test_every_state_can_be_reached_and_only_the_gone_have_no_way_on():
    assert MACHINE.reachable() == set(IssueState)
    assert {state for state in IssueState if MACHINE.is_final(state)} == set(GONE_STATES)
    assert set(OPEN_STATES) | set(DONE_STATES) | set(GONE_STATES) == set(IssueState)
    assert {transition.action for transition in MACHINE.transitions} == set(Act) - {Act.PUBLISH}


def test_any_sequence_of_attempts_leaves_an_unbroken_trace(world):
    cast = {
        "author": world.a_resident().actor,
        "office": world.an_official().actor,
        "above": world.an_official(of=world.bureau).actor,
        "resident": world.a_resident().actor,
    }

    @settings(max_examples=25)
    @given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from(PEOPLE)), max_size=14))
    def attempts(plan):
        with db.isolated(), db.write() as session:
            issue_id = actions.publish_issue(
                session,
                cast["author"],
                category_id=world.lamp.id,
                place_id=world.renhe.id,
                title="石阶里路灯不亮",
                body="坏了两周。",
            ).id
        for step, who in plan:
            with db.isolated():
                before = snapshot(issue_id)
                try:
                    with db.write() as session:
                        STEPS[step](session, cast[who], session.get_one(Issue, issue_id))
                except DomainError:
                    assert snapshot(issue_id) == before
                check(issue_id)

    attempts()


def snapshot(issue_id):
    with db.isolated():
        issue = db.session().get_one(Issue, issue_id)
        return {column.name: getattr(issue, column.key) for column in Issue.__table__.columns}


def check(issue_id):
    """What holds in every state."""
    with db.isolated():
        session = db.session()
        issue = session.get_one(Issue, issue_id)
        steps = session.scalars(
            select(IssueTransition).where(IssueTransition.issue_id == issue_id).order_by(IssueTransition.id)
        ).all()
        assert steps[0].from_state is None
        for before, after in pairwise(steps):
            assert before.to_state == after.from_state
            assert MACHINE.check(IssueState(after.from_state), after.action).target == after.to_state
        assert steps[-1].to_state == issue.state
        assert issue.version == len(steps)
        assert (issue.resolved_at is not None) == (issue.state in DONE_STATES)
        assert issue.paused_at is None or issue.state in (IssueState.ACCEPTED, IssueState.UNDER_WAY)
        runs = issue.state in (IssueState.PUBLISHED, IssueState.ACCEPTED, IssueState.UNDER_WAY)
        assert (issue.due_on.year < 9999) == (runs and issue.paused_at is None)
        assert issue.due_on >= clock.today() - timedelta(days=1)
