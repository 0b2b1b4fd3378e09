"""the public ledger: leaves, subtrees, signed heads, keys; rows of the first three are never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UNCHANGEABLE = ("ledger_leaf", "ledger_node", "ledger_head")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ledger_log",
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("grown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_ledger_log_district_id")),
        sa.PrimaryKeyConstraint("district_id", name=op.f("pk_ledger_log")),
        sa.UniqueConstraint("name", name=op.f("uq_ledger_log_name")),
    )
    op.create_table(
        "ledger_leaf",
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=24), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_ledger_leaf_district_id")),
        sa.PrimaryKeyConstraint("district_id", "position", name=op.f("pk_ledger_leaf")),
        sa.UniqueConstraint("event_id", name=op.f("uq_ledger_leaf_event_id")),
    )
    op.create_index("ix_ledger_leaf_kind", "ledger_leaf", ["district_id", "subject_kind", "position"])
    op.create_index("ix_ledger_leaf_subject", "ledger_leaf", ["subject_id", "position"])
    op.create_table(
        "ledger_node",
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_ledger_node_district_id")),
        sa.PrimaryKeyConstraint("district_id", "number", name=op.f("pk_ledger_node")),
    )
    op.create_table(
        "ledger_salt",
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_ledger_salt_district_id")),
        sa.PrimaryKeyConstraint("district_id", "position", name=op.f("pk_ledger_salt")),
    )
    op.create_index("ix_ledger_salt_subject", "ledger_salt", ["subject_id"])
    op.create_table(
        "ledger_key",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("algorithm", sa.String(length=16), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("endorsed_by", sa.String(length=16), nullable=False),
        sa.Column("endorsement", sa.LargeBinary(length=64), nullable=False),
        sa.CheckConstraint("(valid_until IS NULL) = (private_key IS NOT NULL)", name=op.f("ck_ledger_key_private")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_ledger_key_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_key")),
        sa.UniqueConstraint("key_id", name=op.f("uq_ledger_key_key_id")),
    )
    op.create_index(
        "uq_ledger_key_in_use",
        "ledger_key",
        ["district_id"],
        unique=True,
        sqlite_where=sa.text("valid_until IS NULL"),
        postgresql_where=sa.text("valid_until IS NULL"),
    )
    op.create_table(
        "ledger_head",
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("algorithm", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_ledger_head_size")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_ledger_head_district_id")),
        sa.ForeignKeyConstraint(["key_id"], ["ledger_key.key_id"], name=op.f("fk_ledger_head_key_id")),
        sa.PrimaryKeyConstraint("district_id", "size", name=op.f("pk_ledger_head")),
    )
    for table in UNCHANGEABLE:
        for statement in _guards(table):
            op.execute(sa.text(statement))


def _guards(table: str) -> list[str]:
    said = f"{table}: entries of the ledger are never changed or removed"
    if op.get_bind().dialect.name == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} BEGIN SELECT RAISE(ABORT, '{said}'); END"
            for act in ("update", "delete")
        ]
    refuse = f"BEGIN RAISE EXCEPTION '{said}'; END"
    when = "BEFORE UPDATE OR DELETE OR TRUNCATE"
    return [
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {refuse} $$",
        f"CREATE TRIGGER {table}_no_change {when} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
    ]


def downgrade() -> None:
    """Undo: the triggers go with their tables."""
    op.drop_table("ledger_head")
    op.drop_table("ledger_key")
    op.drop_table("ledger_salt")
    op.drop_table("ledger_node")
    op.drop_table("ledger_leaf")
    op.drop_table("ledger_log")
    if op.get_bind().dialect.name == "postgresql":
        for table in UNCHANGEABLE:
            op.execute(f"DROP FUNCTION {table}_refuse()")
