"""channels of notices: choices, areas, devices, what goes out."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "push_key",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("public", sa.String(length=100), nullable=False),
        sa.Column("private", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_push_key_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_key")),
    )
    op.create_table(
        "notice_fan_out",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("last_account_id", sa.BigInteger(), nullable=True),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_notice_fan_out_district_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_notice_fan_out")),
    )
    op.create_index("ix_notice_fan_out_open", "notice_fan_out", ["finished_at", "event_id"], unique=False)
    op.create_table(
        "area_alert",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("radius_m", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(latitude IS NULL) = (radius_m IS NULL) AND (longitude IS NULL) = (radius_m IS NULL)",
            name=op.f("ck_area_alert_centre"),
        ),
        sa.CheckConstraint("(place_id IS NULL) <> (radius_m IS NULL)", name=op.f("ck_area_alert_shape")),
        sa.CheckConstraint("radius_m BETWEEN 100 AND 5000", name=op.f("ck_area_alert_radius")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_area_alert_account_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_area_alert_district_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_area_alert_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_alert")),
    )
    op.create_index("ix_area_alert_account", "area_alert", ["account_id", "id"], unique=False)
    op.create_index("ix_area_alert_near", "area_alert", ["district_id", "latitude", "longitude"], unique=False)
    op.create_index("ix_area_alert_place", "area_alert", ["place_id"], unique=False)
    op.create_table(
        "channel_preference",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_channel_preference_account_id")),
        sa.PrimaryKeyConstraint("account_id", "kind", "channel", name=op.f("pk_channel_preference")),
    )
    op.create_table(
        "notice_schedule",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=False),
        sa.Column("quiet_until", sa.SmallInteger(), nullable=False),
        sa.Column("digest_hour", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("digest_hour BETWEEN 0 AND 23", name=op.f("ck_notice_schedule_digest_hour")),
        sa.CheckConstraint(
            "quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439", name=op.f("ck_notice_schedule_quiet")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_schedule_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_notice_schedule")),
    )
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("endpoint_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_push_subscription_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_push_subscription_endpoint_hash")),
    )
    op.create_index("ix_push_subscription_account", "push_subscription", ["account_id", "id"], unique=False)
    op.create_index(op.f("ix_push_subscription_session_id"), "push_subscription", ["session_id"], unique=False)
    op.create_table(
        "thing_preference",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_thing_preference_account_id")),
        sa.PrimaryKeyConstraint(
            "account_id", "subject_kind", "subject_id", "channel", name=op.f("pk_thing_preference")
        ),
    )
    op.create_index(
        "ix_thing_preference_thing", "thing_preference", ["subject_kind", "subject_id", "channel"], unique=False
    )
    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=True),
        sa.Column("digest_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(length=16), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=80), nullable=False),
        sa.CheckConstraint("(notice_id IS NULL) <> (digest_on IS NULL)", name=op.f("ck_notice_delivery_what")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_delivery_account_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_notice_delivery_district_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_delivery_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_delivery")),
        sa.UniqueConstraint(
            "account_id", "channel", "digest_on", name=op.f("uq_notice_delivery_account_id_channel_digest_on")
        ),
        sa.UniqueConstraint(
            "account_id", "channel", "notice_id", name=op.f("uq_notice_delivery_account_id_channel_notice_id")
        ),
    )
    op.create_index("ix_notice_delivery_due", "notice_delivery", ["state", "due_at"], unique=False)
    op.create_index("ix_notice_delivery_notice", "notice_delivery", ["notice_id"], unique=False)
    op.create_table(
        "digest_item",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_digest_item_account_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["notice_delivery.id"], name=op.f("fk_digest_item_delivery_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_digest_item_district_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_digest_item_notice_id")),
        sa.PrimaryKeyConstraint("account_id", "channel", "notice_id", name=op.f("pk_digest_item")),
    )
    op.create_index("ix_digest_item_delivery", "digest_item", ["delivery_id", "notice_id"], unique=False)
    op.create_index(
        "ix_digest_item_waiting",
        "digest_item",
        ["account_id", "channel", "due_at"],
        unique=False,
        sqlite_where=sa.text("delivery_id IS NULL"),
        postgresql_where=sa.text("delivery_id IS NULL"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index(
        "ix_digest_item_waiting",
        table_name="digest_item",
        sqlite_where=sa.text("delivery_id IS NULL"),
        postgresql_where=sa.text("delivery_id IS NULL"),
    )
    op.drop_index("ix_digest_item_delivery", table_name="digest_item")
    op.drop_table("digest_item")
    op.drop_index("ix_notice_delivery_notice", table_name="notice_delivery")
    op.drop_index("ix_notice_delivery_due", table_name="notice_delivery")
    op.drop_table("notice_delivery")
    op.drop_index("ix_thing_preference_thing", table_name="thing_preference")
    op.drop_table("thing_preference")
    op.drop_index(op.f("ix_push_subscription_session_id"), table_name="push_subscription")
    op.drop_index("ix_push_subscription_account", table_name="push_subscription")
    op.drop_table("push_subscription")
    op.drop_table("notice_schedule")
    op.drop_table("channel_preference")
    op.drop_index("ix_area_alert_place", table_name="area_alert")
    op.drop_index("ix_area_alert_near", table_name="area_alert")
    op.drop_index("ix_area_alert_account", table_name="area_alert")
    op.drop_table("area_alert")
    op.drop_index("ix_notice_fan_out_open", table_name="notice_fan_out")
    op.drop_table("notice_fan_out")
    op.drop_table("push_key")
