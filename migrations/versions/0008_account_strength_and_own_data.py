"""account strength and own data."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

RAISE = (
    "INSERT INTO stream_version (topic, slot, version) VALUES ('rights', 0, 1) "
    "ON CONFLICT (topic, slot) DO UPDATE SET version = stream_version.version + 1"
)
BEFORE = "revoked_at, expires_at, acting_for_id, auth_epoch"


def watch_sessions(columns: str) -> None:
    """Make the trigger on changes of sessions anew, for these columns."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute("DROP TRIGGER rights_account_session_update" + ("" if sqlite else " ON account_session"))
    op.execute(
        f"CREATE TRIGGER rights_account_session_update AFTER UPDATE OF {columns} ON account_session "
        + (f"BEGIN {RAISE}; END" if sqlite else "FOR EACH STATEMENT EXECUTE FUNCTION raise_rights_stamp()")
    )


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "provider_visit",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("next", sa.String(length=2000), nullable=False),
        sa.Column("claims", sa.LargeBinary(), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_visit")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_provider_visit_state_hash")),
    )
    op.create_index("ix_provider_visit_over", "provider_visit", ["expires_at"], unique=False)

    op.create_table(
        "data_copy",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_data_copy_account_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_data_copy_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_copy")),
    )
    op.create_index("ix_data_copy_mine", "data_copy", ["account_id", "id"], unique=False)
    op.create_index("ix_data_copy_state", "data_copy", ["state", "id"], unique=False)
    op.create_index(
        "uq_data_copy_waiting",
        "data_copy",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

    op.create_table(
        "erasure",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_erasure_account_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_erasure_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index("ix_erasure_due", "erasure", ["due_at"], unique=False)
    op.create_index(
        "uq_erasure_open",
        "erasure",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("cancelled_at IS NULL AND done_at IS NULL"),
        postgresql_where=sa.text("cancelled_at IS NULL AND done_at IS NULL"),
    )

    op.create_table(
        "passkey",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "transports",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_passkey_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_account_id"), "passkey", ["account_id"], unique=False)

    op.create_table(
        "passkey_challenge",
        sa.Column("challenge_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_passkey_challenge_account_id")),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_passkey_challenge")),
    )
    op.create_index(op.f("ix_passkey_challenge_expires_at"), "passkey_challenge", ["expires_at"], unique=False)

    op.create_table(
        "provider_link",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_provider_link_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_link")),
        sa.UniqueConstraint("account_id", "issuer", name=op.f("uq_provider_link_account_id_issuer")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_provider_link_issuer_subject")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("account_id", "code_hash", name=op.f("uq_recovery_code_account_id_code_hash")),
    )
    op.create_table(
        "tombstone",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("voice_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_tombstone_district_id")),
        sa.ForeignKeyConstraint(["voice_id"], ["account.id"], name=op.f("fk_tombstone_voice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstone")),
        sa.UniqueConstraint("district_id", "hash", "voice_id", name=op.f("uq_tombstone_district_id_hash_voice_id")),
    )
    op.create_index(op.f("ix_tombstone_expires_at"), "tombstone", ["expires_at"], unique=False)
    op.create_index(op.f("ix_tombstone_voice_id"), "tombstone", ["voice_id"], unique=False)

    op.create_table(
        "totp",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_totp_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_totp")),
    )
    op.add_column("account_session", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account_session", sa.Column("limited_at", sa.DateTime(timezone=True), nullable=True))

    op.add_column("personal_data_access", sa.Column("capacity", sa.String(length=20), nullable=True))
    watch_sessions(f"{BEFORE}, proved_at, limited_at")


def downgrade() -> None:
    """Take back."""
    watch_sessions(BEFORE)
    op.drop_column("personal_data_access", "capacity")

    op.drop_column("account_session", "limited_at")
    op.drop_column("account_session", "proved_at")

    op.drop_table("totp")
    op.drop_index(op.f("ix_tombstone_voice_id"), table_name="tombstone")
    op.drop_index(op.f("ix_tombstone_expires_at"), table_name="tombstone")

    op.drop_table("tombstone")
    op.drop_table("recovery_code")
    op.drop_table("provider_link")
    op.drop_index(op.f("ix_passkey_challenge_expires_at"), table_name="passkey_challenge")

    op.drop_table("passkey_challenge")
    op.drop_index(op.f("ix_passkey_account_id"), table_name="passkey")

    op.drop_table("passkey")
    op.drop_index("uq_erasure_open", table_name="erasure")
    op.drop_index("ix_erasure_due", table_name="erasure")

    op.drop_table("erasure")
    op.drop_index("uq_data_copy_waiting", table_name="data_copy")
    op.drop_index("ix_data_copy_state", table_name="data_copy")
    op.drop_index("ix_data_copy_mine", table_name="data_copy")

    op.drop_table("data_copy")
    op.drop_index("ix_provider_visit_over", table_name="provider_visit")

    op.drop_table("provider_visit")
