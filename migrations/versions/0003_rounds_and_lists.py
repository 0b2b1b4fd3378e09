"""objections by round of public notice; lists move in their own district; an index of the words of issues."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from gongzhi.domains.issues.models import WORDS, put_words
from gongzhi.kernel.ids import Id

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LISTS = ("issues", "decisions", "initiatives")
VERSIONS = sa.table(
    "stream_version",
    sa.column("topic", sa.String),
    sa.column("slot", sa.Integer),
    sa.column("version", sa.BigInteger),
)
OLD_KEY = "uq_decision_objection_decision_id_voter_key"
NEW_KEY = "uq_decision_objection_decision_id_voter_key_notice_round"


def upgrade() -> None:
    """Apply. Rows belong to the round they were written in: the first, unless the decision was taken back before."""
    op.add_column("decision", sa.Column("notice_round", sa.SmallInteger(), server_default="1", nullable=False))
    with op.batch_alter_table("decision_objection") as table:
        table.add_column(sa.Column("notice_round", sa.SmallInteger(), server_default="1", nullable=False))
        table.drop_constraint(op.f(OLD_KEY), type_="unique")
        table.create_unique_constraint(op.f(NEW_KEY), ["decision_id", "voter_key", "notice_round"])
    op.execute(
        "UPDATE decision SET notice_round = 1 + (SELECT count(*) FROM decision_step"
        " WHERE decision_step.decision_id = decision.id AND decision_step.action = 'reconsider')"
    )
    op.execute(
        "UPDATE decision_objection SET notice_round = 1 + (SELECT count(*) FROM decision_step"
        " WHERE decision_step.decision_id = decision_objection.decision_id"
        " AND decision_step.action = 'reconsider' AND decision_step.at < decision_objection.at)"
    )
    _split_lists()
    WORDS.create(op.get_bind())
    _index_issues()


def _index_issues() -> None:
    """Index what is there, a thousand at a time."""
    issue = sa.table("issue", sa.column("id", Id), sa.column("title", sa.String), sa.column("body", sa.Text))
    session = Session(bind=op.get_bind())
    chosen = sa.select(issue.c.id, issue.c.title, issue.c.body).order_by(issue.c.id).limit(1000)
    rows = session.execute(chosen).all()
    while rows:
        for key, title, body in rows:
            put_words(session, key, title, body)
        rows = session.execute(chosen.where(issue.c.id > rows[-1].id)).all()


def _split_lists() -> None:
    """Each district goes on from the version all of them shared: what a client has seen never becomes newer."""
    connection = op.get_bind()
    shared = connection.execute(sa.select(VERSIONS).where(VERSIONS.c.topic.in_(LISTS))).all()
    districts = connection.scalars(sa.select(sa.column("id", Id)).select_from(sa.table("district"))).all()
    rows = [
        {"topic": f"{topic}:{district}", "slot": slot, "version": version}
        for topic, slot, version in shared
        for district in districts
    ]
    if rows:
        connection.execute(sa.insert(VERSIONS), rows)
    connection.execute(sa.delete(VERSIONS).where(VERSIONS.c.topic.in_(LISTS)))


def downgrade() -> None:
    """Take back. Of several objections of a voice the newest stays: the older key has room for one."""
    WORDS.drop(op.get_bind())
    _join_lists()
    op.execute(
        "DELETE FROM decision_objection WHERE EXISTS (SELECT 1 FROM decision_objection AS later"
        " WHERE later.decision_id = decision_objection.decision_id"
        " AND later.voter_key = decision_objection.voter_key"
        " AND later.notice_round > decision_objection.notice_round)"
    )
    with op.batch_alter_table("decision_objection") as table:
        table.drop_constraint(op.f(NEW_KEY), type_="unique")
        table.create_unique_constraint(op.f(OLD_KEY), ["decision_id", "voter_key"])
        table.drop_column("notice_round")
    op.drop_column("decision", "notice_round")


def _join_lists() -> None:
    """The sum of the districts' versions is at least what any client has seen."""
    connection = op.get_bind()
    for topic in LISTS:
        own = VERSIONS.c.topic.startswith(f"{topic}:", autoescape=True)
        rows = connection.execute(
            sa.select(VERSIONS.c.slot, sa.func.sum(VERSIONS.c.version)).where(own).group_by(VERSIONS.c.slot)
        ).all()
        connection.execute(sa.delete(VERSIONS).where(own))
        for slot, version in rows:
            connection.execute(sa.insert(VERSIONS).values(topic=topic, slot=slot, version=int(version)))
