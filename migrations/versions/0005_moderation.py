"""Moderation: cases, reports, measures, originals, appeals; marks on what people wrote; suspended accounts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "moderation_month",
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column(
            "statistics",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_moderation_month_district_id")),
        sa.PrimaryKeyConstraint("district_id", "month", name=op.f("pk_moderation_month")),
    )
    op.create_table(
        "moderation_case",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("place_path", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("mark", sa.String(length=12), nullable=True),
        sa.Column("ground", sa.String(length=16), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("excerpt", sa.String(length=200), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("immune_digest", sa.String(length=64), nullable=True),
        sa.Column("originals_of", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'decided')", name=op.f("ck_moderation_case_state")),
        sa.CheckConstraint("reports >= 0", name=op.f("ck_moderation_case_reports")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_moderation_case_author_id")),
        sa.ForeignKeyConstraint(["claimed_by_id"], ["account.id"], name=op.f("fk_moderation_case_claimed_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_moderation_case_district_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"], name=op.f("fk_moderation_case_office_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_moderation_case_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_case")),
        sa.UniqueConstraint("subject_kind", "subject_id", name=op.f("uq_moderation_case_subject_kind_subject_id")),
    )
    with op.batch_alter_table("moderation_case", schema=None) as batch_op:
        batch_op.create_index("ix_moderation_case_author", ["author_id", "id"], unique=False)
        batch_op.create_index("ix_moderation_case_held", ["held_until"], unique=False)
        batch_op.create_index("ix_moderation_case_queue", ["district_id", "state", "due_at", "id"], unique=False)

    op.create_table(
        "moderation_look",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["moderation_case.id"], name=op.f("fk_moderation_look_case_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_moderation_look_district_id")),
        sa.ForeignKeyConstraint(["reader_id"], ["account.id"], name=op.f("fk_moderation_look_reader_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_look")),
    )
    with op.batch_alter_table("moderation_look", schema=None) as batch_op:
        batch_op.create_index("ix_moderation_look_case", ["case_id", "id"], unique=False)

    op.create_table(
        "moderation_measure",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("ground", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=True),
        sa.Column(
            "passages",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appeal_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'suspend') = (days IS NOT NULL)", name=op.f("ck_moderation_measure_days")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_moderation_measure_reason")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_moderation_measure_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["moderation_case.id"], name=op.f("fk_moderation_measure_case_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_moderation_measure_decided_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_moderation_measure_district_id")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["moderation_measure.id"], name=op.f("fk_moderation_measure_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_measure")),
    )
    with op.batch_alter_table("moderation_measure", schema=None) as batch_op:
        batch_op.create_index("ix_moderation_measure_account", ["account_id", "id"], unique=False)
        batch_op.create_index("ix_moderation_measure_case", ["case_id", "id"], unique=False)
        batch_op.create_index("ix_moderation_measure_month", ["district_id", "at"], unique=False)

    op.create_table(
        "moderation_report",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("reporter_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("is_official", sa.Boolean(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("ground", sa.String(length=16), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.Column("network", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("measure_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["moderation_case.id"], name=op.f("fk_moderation_report_case_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_moderation_report_district_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_moderation_report_organisation_id")
        ),
        sa.ForeignKeyConstraint(["reporter_id"], ["account.id"], name=op.f("fk_moderation_report_reporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_report")),
        sa.UniqueConstraint("case_id", "reporter_id", name=op.f("uq_moderation_report_case_id_reporter_id")),
    )
    with op.batch_alter_table("moderation_report", schema=None) as batch_op:
        batch_op.create_index("ix_moderation_report_reporter", ["reporter_id", "id"], unique=False)

    op.create_table(
        "moderation_withheld_file",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["moderation_case.id"], name=op.f("fk_moderation_withheld_file_case_id")),
        sa.PrimaryKeyConstraint("case_id", "key", name=op.f("pk_moderation_withheld_file")),
    )
    with op.batch_alter_table("moderation_withheld_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_moderation_withheld_file_key"), ["key"], unique=False)

    op.create_table(
        "moderation_appeal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("outcome IS NULL OR reason <> ''", name=op.f("ck_moderation_appeal_reason")),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_moderation_appeal_decided")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_moderation_appeal_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["moderation_case.id"], name=op.f("fk_moderation_appeal_case_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_moderation_appeal_decided_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_moderation_appeal_district_id")),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["moderation_measure.id"], name=op.f("fk_moderation_appeal_measure_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_appeal")),
        sa.UniqueConstraint("measure_id", name=op.f("uq_moderation_appeal_measure_id")),
    )
    with op.batch_alter_table("moderation_appeal", schema=None) as batch_op:
        batch_op.create_index("ix_moderation_appeal_queue", ["district_id", "due_at", "id"], unique=False)

    op.create_table(
        "moderation_original",
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["moderation_measure.id"], name=op.f("fk_moderation_original_measure_id")
        ),
        sa.PrimaryKeyConstraint("measure_id", "part", name=op.f("pk_moderation_original")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("account_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("network", sa.String(length=32), server_default="", nullable=False))
        batch_op.create_index("ix_account_session_network", ["network"], unique=False)

    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mark", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("mark_ground", sa.String(length=16), nullable=True))

    with op.batch_alter_table("initiative", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mark", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("mark_ground", sa.String(length=16), nullable=True))

    with op.batch_alter_table("issue", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mark", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("mark_ground", sa.String(length=16), nullable=True))
    _watch(NEW)
    _keep()


OLD = (
    "district_id",
    "name",
    "level",
    "state",
    "auth_epoch",
    "community_id",
    "locale",
    "theme",
    "type_size",
)
NEW = (*OLD, "suspended_until")


def _watch(columns: tuple[str, ...]) -> None:
    """Whose change of an account raises the stamp of rights (0002): a suspension does too."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute("DROP TRIGGER rights_account_update" + ("" if sqlite else " ON account"))
    act = (
        "BEGIN INSERT INTO stream_version (topic, slot, version) VALUES ('rights', 0, 1) "
        "ON CONFLICT (topic, slot) DO UPDATE SET version = stream_version.version + 1; END"
        if sqlite
        else "FOR EACH STATEMENT EXECUTE FUNCTION raise_rights_stamp()"
    )
    op.execute(f"CREATE TRIGGER rights_account_update AFTER UPDATE OF {', '.join(columns)} ON account {act}")


APPEND_ONLY = ("moderation_measure", "moderation_original", "moderation_look")


def _keep() -> None:
    """The database itself refuses to change or delete what was decided, kept or looked at."""
    for name in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {name}_no_{act.lower()} BEFORE {act} ON {name} "
                    "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
                )
            continue
        op.execute(
            f"CREATE OR REPLACE FUNCTION {name}_keep() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name}_keep BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION {name}_keep()"
        )


def _let_go() -> None:
    for name in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for act in ("update", "delete"):
                op.execute(f"DROP TRIGGER {name}_no_{act}")
            continue
        op.execute(f"DROP TRIGGER {name}_keep ON {name}")
        op.execute(f"DROP FUNCTION {name}_keep()")


def downgrade() -> None:
    """Take back."""
    _let_go()
    _watch(OLD)
    op.drop_column("issue", "mark_ground")
    op.drop_column("issue", "mark")

    op.drop_column("initiative", "mark_ground")
    op.drop_column("initiative", "mark")

    op.drop_column("comment", "mark_ground")
    op.drop_column("comment", "mark")

    op.drop_index("ix_account_session_network", table_name="account_session")
    op.drop_column("account_session", "network")

    op.drop_column("account", "suspended_until")

    op.drop_table("moderation_original")
    op.drop_index("ix_moderation_appeal_queue", table_name="moderation_appeal")

    op.drop_table("moderation_appeal")
    op.drop_index(op.f("ix_moderation_withheld_file_key"), table_name="moderation_withheld_file")

    op.drop_table("moderation_withheld_file")
    op.drop_index("ix_moderation_report_reporter", table_name="moderation_report")

    op.drop_table("moderation_report")
    op.drop_index("ix_moderation_measure_month", table_name="moderation_measure")
    op.drop_index("ix_moderation_measure_case", table_name="moderation_measure")
    op.drop_index("ix_moderation_measure_account", table_name="moderation_measure")

    op.drop_table("moderation_measure")
    op.drop_index("ix_moderation_look_case", table_name="moderation_look")

    op.drop_table("moderation_look")
    op.drop_index("ix_moderation_case_queue", table_name="moderation_case")
    op.drop_index("ix_moderation_case_held", table_name="moderation_case")
    op.drop_index("ix_moderation_case_author", table_name="moderation_case")

    op.drop_table("moderation_case")
    op.drop_table("moderation_month")
