"""ballots."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The triggers of domains/ballots/schema.py as they are at this step: that file may grow, this one may not.
FROZEN = (
    "id", "district_id", "subject_kind", "subject_id", "place_id", "office_id", "author_id", "approver_id", "title",
    "body", "template", "basis", "method", "binding", "options", "score_max", "quorum", "thresholds", "secret",
    "reasons", "results", "paper", "roll", "chambers", "places", "level", "opens_at", "closes_at", "paper_until",
    "public_key", "entitled", "frozen_at", "frozen", "rules_hash",
)  # fmt: skip
CERTIFIED = ("state", "outcome", "result_hash", "ended_at", "spoiled", "paper_counts")
ROLL = ("ballot_id", "voter_key", "account_id", "organisation_id", "chamber", "area", "unit", "name")
_OPENED = "EXISTS (SELECT 1 FROM ballot WHERE id = {row}.ballot_id AND rules_hash IS NOT NULL)"
_CERTIFIED = "EXISTS (SELECT 1 FROM ballot WHERE id = {row}.ballot_id AND result_hash IS NOT NULL)"


def _changed(columns: tuple[str, ...], differs: str) -> str:
    return " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns)


def _rules(differs: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Table, name, what is done to it, the condition under which it is refused, and what is said."""
    yield "ballot", "frozen", "UPDATE", f"OLD.rules_hash IS NOT NULL AND ({_changed(FROZEN, differs)})", "frozen"
    yield "ballot", "certified", "UPDATE", (
        f"OLD.result_hash IS NOT NULL AND ({_changed(CERTIFIED, differs)})"
    ), "certified"  # fmt: skip
    yield "ballot", "kept", "DELETE", "OLD.rules_hash IS NOT NULL", "frozen"
    yield "ballot_voter", "added", "INSERT", _OPENED.format(row="NEW"), "roll closed"
    yield "ballot_voter", "removed", "DELETE", _OPENED.format(row="OLD"), "roll closed"
    yield "ballot_voter", "changed", "UPDATE", (
        f"({_changed(ROLL, differs)}) AND {_OPENED.format(row='OLD')}"
    ), "roll closed"  # fmt: skip
    for table in ("ballot_entry", "ballot_reason"):
        yield table, "changed", "UPDATE", "1 = 1", "counted"
        yield table, "removed", "DELETE", "1 = 1", "counted"
        yield table, "added", "INSERT", _CERTIFIED.format(row="NEW"), "certified"


def statements(dialect: str) -> list[tuple[str, str]]:
    """(table, statement) of every trigger of this database."""
    return (
        [_sqlite(*one) for one in _rules("IS NOT")]
        if dialect == "sqlite"
        else [_postgresql(*one) for one in _rules("IS DISTINCT FROM")]
    )


def _sqlite(table: str, name: str, what: str, condition: str, said: str) -> tuple[str, str]:
    return table, (
        f"CREATE TRIGGER {table}_{name} BEFORE {what} ON {table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, 'ballot: {said}'); END"
    )


def _postgresql(table: str, name: str, what: str, condition: str, said: str) -> tuple[str, str]:
    row = "OLD" if what == "DELETE" else "NEW"
    return table, (
        f"CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION 'ballot: {said}' USING ERRCODE = 'check_violation'; END IF; "
        f"RETURN {row}; END $$; "
        f"CREATE TRIGGER {table}_{name} BEFORE {what} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_{name}()"
    )


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ballot_template",
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("basis", sa.String(length=500), nullable=False),
        sa.Column(
            "quorum",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "thresholds",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["account.id"], name=op.f("fk_ballot_template_changed_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_ballot_template_district_id")),
        sa.PrimaryKeyConstraint("district_id", "code", name=op.f("pk_ballot_template")),
    )
    op.create_table(
        "ballot",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("place_path", sa.String(length=120), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("author_title", sa.String(length=60), nullable=False),
        sa.Column("approver_id", sa.BigInteger(), nullable=True),
        sa.Column("approver_title", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("template", sa.String(length=30), nullable=False),
        sa.Column("basis", sa.String(length=500), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("binding", sa.Boolean(), nullable=False),
        sa.Column(
            "options",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("score_max", sa.SmallInteger(), nullable=False),
        sa.Column(
            "quorum",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "thresholds",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.String(length=8), nullable=False),
        sa.Column("results", sa.String(length=8), nullable=False),
        sa.Column("paper", sa.Boolean(), nullable=False),
        sa.Column("roll", sa.String(length=8), nullable=False),
        sa.Column(
            "chambers",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "places",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paper_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("entitled", sa.Integer(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen", sa.Text(), nullable=True),
        sa.Column("rules_hash", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=True),
        sa.Column("nonce_key", sa.LargeBinary(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "paper_counts",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("paper_round", sa.SmallInteger(), nullable=False),
        sa.Column(
            "paper_difference",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("spoiled", sa.Integer(), nullable=False),
        sa.Column("result_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(result_hash IS NULL) = (state <> 'certified')", name=op.f("ck_ballot_certified")),
        sa.CheckConstraint(
            "(rules_hash IS NULL) = (state IN ('draft', 'in_review', 'withdrawn'))", name=op.f("ck_ballot_frozen")
        ),
        sa.CheckConstraint("state = 'open' OR private_key IS NULL", name=op.f("ck_ballot_key_destroyed")),
        sa.CheckConstraint("approver_id IS NULL OR approver_id <> author_id", name=op.f("ck_ballot_second_official")),
        sa.CheckConstraint(
            "opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", name=op.f("ck_ballot_times")
        ),
        sa.CheckConstraint(
            "rules_hash IS NULL OR (opens_at IS NOT NULL AND closes_at IS NOT NULL)",
            name=op.f("ck_ballot_frozen_times"),
        ),
        sa.CheckConstraint("paper_until IS NULL OR paper_until >= closes_at", name=op.f("ck_ballot_paper_times")),
        sa.ForeignKeyConstraint(["approver_id"], ["account.id"], name=op.f("fk_ballot_approver_id")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_ballot_author_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_ballot_district_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"], name=op.f("fk_ballot_office_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_ballot_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot")),
    )
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.create_index("ix_ballot_closing", ["state", "closes_at", "id"], unique=False)
        batch_op.create_index("ix_ballot_new", ["district_id", "state", "closes_at", "id"], unique=False)
        batch_op.create_index("ix_ballot_office", ["office_id", "state", "id"], unique=False)
        batch_op.create_index("ix_ballot_subject", ["subject_kind", "subject_id"], unique=False)

    op.create_table(
        "ballot_entry",
        sa.Column("ballot_id", sa.BigInteger(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("chamber", sa.String(length=12), nullable=False),
        sa.Column("area", sa.BigInteger(), nullable=True),
        sa.Column("voter", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_entry_ballot_id")),
        sa.PrimaryKeyConstraint("ballot_id", "commitment", name=op.f("pk_ballot_entry")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ballot_paper",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ballot_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "counts",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("sheet", sa.String(length=100), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("place IN (1, 2)", name=op.f("ck_ballot_paper_place")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_ballot_paper_account_id")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_paper_ballot_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_ballot_paper_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot_paper")),
        sa.UniqueConstraint(
            "ballot_id", "round", "account_id", name=op.f("uq_ballot_paper_ballot_id_round_account_id")
        ),
        sa.UniqueConstraint("ballot_id", "round", "place", name=op.f("uq_ballot_paper_ballot_id_round_place")),
    )
    op.create_table(
        "ballot_reason",
        sa.Column("ballot_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_reason_ballot_id")),
        sa.PrimaryKeyConstraint("ballot_id", "key", name=op.f("pk_ballot_reason")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ballot_step",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ballot_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("to_state", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_ballot_step_actor_id")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_step_ballot_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_ballot_step_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot_step")),
    )
    with op.batch_alter_table("ballot_step", schema=None) as batch_op:
        batch_op.create_index("ix_ballot_step_ballot", ["ballot_id", "id"], unique=False)

    op.create_table(
        "ballot_turnout",
        sa.Column("ballot_id", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("voted", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("voted >= 0", name=op.f("ck_ballot_turnout_voted")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_turnout_ballot_id")),
        sa.PrimaryKeyConstraint("ballot_id", "slot", name=op.f("pk_ballot_turnout")),
    )
    op.create_table(
        "ballot_vote",
        sa.Column("ballot_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_key", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=True),
        sa.Column("choice", sa.Text(), nullable=True),
        sa.Column("salt", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("(envelope IS NULL) <> (choice IS NULL)", name=op.f("ck_ballot_vote_sealed_or_open")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_ballot_vote_account_id")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_vote_ballot_id")),
        sa.PrimaryKeyConstraint("ballot_id", "voter_key", name=op.f("pk_ballot_vote")),
    )
    op.create_table(
        "ballot_voter",
        sa.Column("ballot_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_key", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("chamber", sa.String(length=12), nullable=False),
        sa.Column("area", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("how", sa.String(length=6), nullable=True),
        sa.CheckConstraint("how IN ('online', 'paper')", name=op.f("ck_ballot_voter_how")),
        sa.CheckConstraint("area >= 0", name=op.f("ck_ballot_voter_area")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_ballot_voter_account_id")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_voter_ballot_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_ballot_voter_organisation_id")),
        sa.PrimaryKeyConstraint("ballot_id", "voter_key", name=op.f("pk_ballot_voter")),
    )
    with op.batch_alter_table("ballot_voter", schema=None) as batch_op:
        batch_op.create_index("ix_ballot_voter_account", ["account_id", "ballot_id"], unique=False)
        batch_op.create_index("ix_ballot_voter_organisation", ["organisation_id", "ballot_id"], unique=False)
        batch_op.create_index(
            "ix_ballot_voter_paper",
            ["ballot_id"],
            unique=False,
            sqlite_where=sa.text("how = 'paper'"),
            postgresql_where=sa.text("how = 'paper'"),
        )

    bind = op.get_bind()
    for _table, statement in statements(bind.dialect.name):
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    """Take back."""
    bind = op.get_bind()
    for table, name, *_rest in _rules("IS NOT"):
        if bind.dialect.name == "sqlite":
            bind.exec_driver_sql(f"DROP TRIGGER {table}_{name}")
        else:
            bind.exec_driver_sql(f"DROP TRIGGER {table}_{name} ON {table}")
            bind.exec_driver_sql(f"DROP FUNCTION {table}_{name}()")
    with op.batch_alter_table("ballot_voter", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_ballot_voter_paper", sqlite_where=sa.text("how = 'paper'"), postgresql_where=sa.text("how = 'paper'")
        )
        batch_op.drop_index("ix_ballot_voter_organisation")
        batch_op.drop_index("ix_ballot_voter_account")

    op.drop_table("ballot_voter")
    op.drop_table("ballot_vote")
    op.drop_table("ballot_turnout")
    with op.batch_alter_table("ballot_step", schema=None) as batch_op:
        batch_op.drop_index("ix_ballot_step_ballot")

    op.drop_table("ballot_step")
    op.drop_table("ballot_reason")
    op.drop_table("ballot_paper")
    op.drop_table("ballot_entry")
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.drop_index("ix_ballot_subject")
        batch_op.drop_index("ix_ballot_office")
        batch_op.drop_index("ix_ballot_new")
        batch_op.drop_index("ix_ballot_closing")

    op.drop_table("ballot")
    op.drop_table("ballot_template")
