"""the main loop."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gongzhi.reactions.search import schema as search

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "district",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=True),
        sa.Column(
            "outline",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district")),
        sa.UniqueConstraint("code", name=op.f("uq_district_code")),
        sa.UniqueConstraint("host", name=op.f("uq_district_host")),
    )
    op.create_table(
        "idempotency_record",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency_record")),
    )
    op.create_table(
        "listener_state",
        sa.Column("listener", sa.String(length=40), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("listener", name=op.f("pk_listener_state")),
    )
    op.create_table(
        "outbox_event",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "topics",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "payload",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_event")),
        sa.UniqueConstraint("seq", name=op.f("uq_outbox_event_seq")),
    )
    op.create_index(op.f("ix_outbox_event_kind"), "outbox_event", ["kind"], unique=False)
    op.create_table(
        "stream_version",
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "slot", name=op.f("pk_stream_version")),
    )
    op.create_table(
        "stuck_delivery",
        sa.Column("listener", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=400), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("listener", "event_id", name=op.f("pk_stuck_delivery")),
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("window_ends", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_index(op.f("ix_throttle_window_ends"), "throttle", ["window_ends"], unique=False)
    op.create_table(
        "category",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("accept_days", sa.SmallInteger(), nullable=False),
        sa.Column("answer_days", sa.SmallInteger(), nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("urgency", sa.String(length=4), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("accept_days > 0 AND answer_days > 0", name=op.f("ck_category_days")),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_category_level")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_category_district_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["category.id"], name=op.f("fk_category_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("district_id", "code", name=op.f("uq_category_district_id_code")),
    )
    op.create_index(op.f("ix_category_parent_id"), "category", ["parent_id"], unique=False)
    op.create_table(
        "outgoing_message",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_outgoing_message_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_message")),
    )
    op.create_index("ix_outgoing_message_newest", "outgoing_message", ["district_id", "id"], unique=False)
    op.create_index("ix_outgoing_message_waiting", "outgoing_message", ["next_try_at"], unique=False)
    op.create_table(
        "place",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("path", sa.String(length=120), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column(
            "boundary",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("supervision_phone", sa.String(length=40), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_place_district_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["place.id"], name=op.f("fk_place_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("district_id", "code", name=op.f("uq_place_district_id_code")),
    )
    op.create_index("ix_place_path", "place", ["path"], unique=False)
    op.create_index("ix_place_siblings", "place", ["parent_id", "code"], unique=False)
    op.create_table(
        "search_document",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("within_id", sa.BigInteger(), nullable=True),
        sa.Column("place_path", sa.String(length=120), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("path", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_search_document_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_document")),
    )
    op.create_index("ix_search_document_within", "search_document", ["within_id"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("email_index", sa.String(length=64), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("real_name", sa.LargeBinary(), nullable=True),
        sa.Column("identity", sa.LargeBinary(), nullable=True),
        sa.Column("identity_index", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=True),
        sa.Column("locale", sa.String(length=12), nullable=True),
        sa.Column("theme", sa.String(length=8), nullable=False),
        sa.Column("type_size", sa.String(length=8), nullable=False),
        sa.Column("auth_epoch", sa.Integer(), nullable=False),
        sa.Column("usual_organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("verified_by_organisation_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("level BETWEEN 0 AND 3", name=op.f("ck_account_level")),
        sa.ForeignKeyConstraint(["community_id"], ["place.id"], name=op.f("fk_account_community_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_account_district_id")),
        sa.ForeignKeyConstraint(["verified_by_id"], ["account.id"], name=op.f("fk_account_verified_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("district_id", "identity_index", name=op.f("uq_account_district_id_identity_index")),
        sa.UniqueConstraint("email_index", name=op.f("uq_account_email_index")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_account_phone_index")),
    )
    op.create_index(op.f("ix_account_community_id"), "account", ["community_id"], unique=False)
    op.create_index(op.f("ix_account_district_id"), "account", ["district_id"], unique=False)
    op.create_table(
        "confirmation_code",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contact_index", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_confirmation_code_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation_code")),
    )
    op.create_index(op.f("ix_confirmation_code_contact_index"), "confirmation_code", ["contact_index"], unique=False)
    op.create_index(op.f("ix_confirmation_code_expires_at"), "confirmation_code", ["expires_at"], unique=False)
    op.create_table(
        "follow",
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_follow_account_id")),
        sa.PrimaryKeyConstraint("subject_kind", "subject_id", "account_id", name=op.f("pk_follow")),
    )
    op.create_index("ix_follow_account", "follow", ["account_id", "at"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "details",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_account_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_notice_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("account_id", "event_id", name=op.f("uq_notice_account_id_event_id")),
    )
    op.create_index("ix_notice_inbox", "notice", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["account_id"],
        unique=False,
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "notice_preference",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_preference_account_id")),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_notice_preference")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("registration_number", sa.String(length=30), nullable=False),
        sa.Column("proof_key", sa.String(length=100), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("state_reason", sa.String(length=500), nullable=False),
        sa.Column("applied_by_id", sa.BigInteger(), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('enterprise', 'ngo', 'government')", name=op.f("ck_organisation_kind")),
        sa.ForeignKeyConstraint(["applied_by_id"], ["account.id"], name=op.f("fk_organisation_applied_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_organisation_district_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_organisation_place_id")),
        sa.ForeignKeyConstraint(["verified_by_id"], ["account.id"], name=op.f("fk_organisation_verified_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint(
            "district_id", "registration_number", name=op.f("uq_organisation_district_id_registration_number")
        ),
    )
    op.create_index(op.f("ix_organisation_district_id"), "organisation", ["district_id"], unique=False)
    op.create_index(op.f("ix_organisation_place_id"), "organisation", ["place_id"], unique=False)
    op.create_index("ix_organisation_state", "organisation", ["district_id", "state", "id"], unique=False)
    op.create_table(
        "verification_request",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("real_name", sa.LargeBinary(), nullable=True),
        sa.Column("identity", sa.LargeBinary(), nullable=True),
        sa.Column("identity_index", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_verification_request_account_id")),
        sa.ForeignKeyConstraint(["community_id"], ["place.id"], name=op.f("fk_verification_request_community_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_verification_request_decided_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_verification_request_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_request")),
    )
    op.create_index(op.f("ix_verification_request_account_id"), "verification_request", ["account_id"], unique=False)
    op.create_index(
        op.f("ix_verification_request_community_id"), "verification_request", ["community_id"], unique=False
    )
    op.create_index(
        "ix_verification_request_queue", "verification_request", ["district_id", "state", "id"], unique=False
    )
    op.create_index(
        "uq_verification_request_waiting",
        "verification_request",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "account_session",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("acting_for_id", sa.BigInteger(), nullable=True),
        sa.Column("auth_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_session_account_id")),
        sa.ForeignKeyConstraint(["acting_for_id"], ["organisation.id"], name=op.f("fk_account_session_acting_for_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_session_token_hash")),
    )
    op.create_index(op.f("ix_account_session_account_id"), "account_session", ["account_id"], unique=False)
    op.create_table(
        "answer_template",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["account.id"], name=op.f("fk_answer_template_changed_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_answer_template_district_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"], name=op.f("fk_answer_template_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_template")),
        sa.UniqueConstraint("office_id", "name", name=op.f("uq_answer_template_office_id_name")),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("is_official", sa.Boolean(), nullable=False),
        sa.Column("stance", sa.String(length=8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("agree", sa.Integer(), nullable=False),
        sa.Column("disagree", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("agree >= 0 AND disagree >= 0 AND replies >= 0", name=op.f("ck_comment_counts")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_comment_account_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_comment_district_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_comment_organisation_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["comment.id"], name=op.f("fk_comment_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index(
        "ix_comment_best", "comment", ["subject_kind", "subject_id", "parent_id", "score", "id"], unique=False
    )
    op.create_index("ix_comment_by_account", "comment", ["account_id", "id"], unique=False)
    op.create_index("ix_comment_newest", "comment", ["subject_kind", "subject_id", "parent_id", "id"], unique=False)
    op.create_index(op.f("ix_comment_parent_id"), "comment", ["parent_id"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=True),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("place_path", sa.String(length=120), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("author_title", sa.String(length=60), nullable=False),
        sa.Column("reviewer_id", sa.BigInteger(), nullable=True),
        sa.Column("reviewer_title", sa.String(length=60), nullable=False),
        sa.Column("responsible_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("adopted", sa.Text(), nullable=False),
        sa.Column("not_adopted", sa.Text(), nullable=False),
        sa.Column("money_fen", sa.BigInteger(), nullable=True),
        sa.Column("money_source", sa.String(length=200), nullable=False),
        sa.Column(
            "attachments",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("notice_days", sa.SmallInteger(), nullable=False),
        sa.Column("notice_from", sa.Date(), nullable=True),
        sa.Column("notice_until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.CheckConstraint("money_fen IS NULL OR money_fen >= 0", name=op.f("ck_decision_money")),
        sa.CheckConstraint("reviewer_id IS NULL OR reviewer_id <> author_id", name=op.f("ck_decision_second_official")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_decision_author_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_decision_district_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"], name=op.f("fk_decision_office_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_decision_place_id")),
        sa.ForeignKeyConstraint(["responsible_id"], ["organisation.id"], name=op.f("fk_decision_responsible_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["account.id"], name=op.f("fk_decision_reviewer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("district_id", "number", name=op.f("uq_decision_district_id_number")),
    )
    op.create_index("ix_decision_new", "decision", ["district_id", "shown_at", "id"], unique=False)
    op.create_index("ix_decision_notice", "decision", ["state", "notice_until"], unique=False)
    op.create_index("ix_decision_office", "decision", ["office_id", "state", "id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=False),
        sa.Column("contact_index", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("invited_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_invitation_district_id")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["account.id"], name=op.f("fk_invitation_invited_by_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_contact_index"), "invitation", ["contact_index"], unique=False)
    op.create_index(op.f("ix_invitation_organisation_id"), "invitation", ["organisation_id"], unique=False)
    op.create_table(
        "issue",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("author_key", sa.String(length=20), nullable=False),
        sa.Column("chamber", sa.String(length=12), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("place_path", sa.String(length=120), nullable=False),
        sa.Column("subdistrict_id", sa.BigInteger(), nullable=True),
        sa.Column("community_id", sa.BigInteger(), nullable=True),
        sa.Column("grid_id", sa.BigInteger(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("triage", sa.String(length=8), nullable=True),
        sa.Column("guidance", sa.Text(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("handler_id", sa.BigInteger(), nullable=True),
        sa.Column("escalated_office_id", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accept_due", sa.Date(), nullable=True),
        sa.Column("answer_due", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_from", sa.Date(), nullable=True),
        sa.Column("extended_days", sa.SmallInteger(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_reason", sa.String(length=500), nullable=False),
        sa.Column("reopened", sa.SmallInteger(), nullable=False),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("support_score", sa.Integer(), nullable=False),
        sa.Column("hot_score", sa.Float(), nullable=False),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("import_key", sa.String(length=80), nullable=True),
        sa.Column("source_support", sa.Integer(), nullable=True),
        sa.Column("source_oppose", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name=op.f("ck_issue_merged")),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_issue_position")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_issue_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_issue_longitude")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_issue_author_id")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_issue_category_id")),
        sa.ForeignKeyConstraint(["community_id"], ["place.id"], name=op.f("fk_issue_community_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_issue_district_id")),
        sa.ForeignKeyConstraint(
            ["escalated_office_id"], ["organisation.id"], name=op.f("fk_issue_escalated_office_id")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["place.id"], name=op.f("fk_issue_grid_id")),
        sa.ForeignKeyConstraint(["handler_id"], ["account.id"], name=op.f("fk_issue_handler_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["issue.id"], name=op.f("fk_issue_merged_into_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"], name=op.f("fk_issue_office_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_issue_organisation_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_issue_place_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["place.id"], name=op.f("fk_issue_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
        sa.UniqueConstraint("district_id", "import_key", name=op.f("uq_issue_district_id_import_key")),
    )
    op.create_index("ix_issue_author_new", "issue", ["author_key", "published_at", "id"], unique=False)
    op.create_index("ix_issue_category_hot", "issue", ["category_id", "hot_score", "id"], unique=False)
    op.create_index("ix_issue_category_new", "issue", ["category_id", "published_at", "id"], unique=False)
    op.create_index("ix_issue_category_support", "issue", ["category_id", "support_score", "id"], unique=False)
    op.create_index("ix_issue_community_hot", "issue", ["community_id", "hot_score", "id"], unique=False)
    op.create_index("ix_issue_community_new", "issue", ["community_id", "published_at", "id"], unique=False)
    op.create_index("ix_issue_community_support", "issue", ["community_id", "support_score", "id"], unique=False)
    op.create_index("ix_issue_district_due", "issue", ["district_id", "due_on", "id"], unique=False)
    op.create_index("ix_issue_district_hot", "issue", ["district_id", "hot_score", "id"], unique=False)
    op.create_index("ix_issue_district_new", "issue", ["district_id", "published_at", "id"], unique=False)
    op.create_index("ix_issue_district_support", "issue", ["district_id", "support_score", "id"], unique=False)
    op.create_index("ix_issue_escalated_due", "issue", ["escalated_office_id", "due_on", "id"], unique=False)
    op.create_index("ix_issue_grid_new", "issue", ["grid_id", "published_at", "id"], unique=False)
    op.create_index(op.f("ix_issue_merged_into_id"), "issue", ["merged_into_id"], unique=False)
    op.create_index("ix_issue_near", "issue", ["district_id", "latitude", "longitude"], unique=False)
    op.create_index("ix_issue_office_due", "issue", ["office_id", "due_on", "id"], unique=False)
    op.create_index("ix_issue_place_new", "issue", ["place_id", "published_at", "id"], unique=False)
    op.create_index("ix_issue_state_due", "issue", ["state", "due_on", "id"], unique=False)
    op.create_index("ix_issue_subdistrict_hot", "issue", ["subdistrict_id", "hot_score", "id"], unique=False)
    op.create_index("ix_issue_subdistrict_new", "issue", ["subdistrict_id", "published_at", "id"], unique=False)
    op.create_index("ix_issue_subdistrict_support", "issue", ["subdistrict_id", "support_score", "id"], unique=False)
    op.create_table(
        "issue_draft",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("client_key", sa.String(length=64), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "photos",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_issue_draft_account_id")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_issue_draft_category_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_issue_draft_district_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_issue_draft_organisation_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_issue_draft_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_draft")),
        sa.UniqueConstraint("account_id", "client_key", name=op.f("uq_issue_draft_account_id_client_key")),
    )
    op.create_index("ix_issue_draft_newest", "issue_draft", ["account_id", "updated_at", "id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_membership_account_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_membership_district_id")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["account.id"], name=op.f("fk_membership_granted_by_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_organisation_id"), "membership", ["organisation_id"], unique=False)
    op.create_index(
        "uq_membership_in_force",
        "membership",
        ["account_id", "organisation_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_membership_owner",
        "membership",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND role = 'owner'"),
        postgresql_where=sa.text("ended_at IS NULL AND role = 'owner'"),
    )
    op.create_table(
        "personal_data_access",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("reader_organisation_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "fields",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_personal_data_access_account_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_personal_data_access_district_id")),
        sa.ForeignKeyConstraint(["reader_id"], ["account.id"], name=op.f("fk_personal_data_access_reader_id")),
        sa.ForeignKeyConstraint(
            ["reader_organisation_id"], ["organisation.id"], name=op.f("fk_personal_data_access_reader_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_data_access")),
    )
    op.create_index(op.f("ix_personal_data_access_account_id"), "personal_data_access", ["account_id"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_role_grant_account_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_role_grant_district_id")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["account.id"], name=op.f("fk_role_grant_granted_by_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_role_grant_organisation_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_role_grant_place_id")),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["account.id"], name=op.f("fk_role_grant_revoked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index(op.f("ix_role_grant_account_id"), "role_grant", ["account_id"], unique=False)
    op.create_table(
        "routing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_routing_category_id")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["account.id"], name=op.f("fk_routing_changed_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_routing_district_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"], name=op.f("fk_routing_office_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_routing_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing")),
    )
    op.create_index(op.f("ix_routing_office_id"), "routing", ["office_id"], unique=False)
    op.create_index(op.f("ix_routing_place_id"), "routing", ["place_id"], unique=False)
    op.create_index(
        "uq_routing_district",
        "routing",
        ["district_id", "category_id"],
        unique=True,
        sqlite_where=sa.text("place_id IS NULL"),
        postgresql_where=sa.text("place_id IS NULL"),
    )
    op.create_index(
        "uq_routing_place",
        "routing",
        ["district_id", "category_id", "place_id"],
        unique=True,
        sqlite_where=sa.text("place_id IS NOT NULL"),
        postgresql_where=sa.text("place_id IS NOT NULL"),
    )
    op.create_table(
        "comment_mention",
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_comment_mention_account_id")),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_comment_mention_comment_id")),
        sa.PrimaryKeyConstraint("comment_id", "account_id", name=op.f("pk_comment_mention")),
    )
    op.create_table(
        "comment_reaction",
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_key", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_comment_reaction_account_id")),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_comment_reaction_comment_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_comment_reaction_organisation_id")
        ),
        sa.PrimaryKeyConstraint("comment_id", "voter_key", name=op.f("pk_comment_reaction")),
    )
    op.create_table(
        "comment_version",
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stance", sa.String(length=8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_comment_version_comment_id")),
        sa.PrimaryKeyConstraint("comment_id", "version", name=op.f("pk_comment_version")),
    )
    op.create_table(
        "commitment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("responsible", sa.String(length=120), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_commitment_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
    )
    op.create_index("ix_commitment_decision", "commitment", ["decision_id", "position"], unique=False)
    op.create_index("ix_commitment_due", "commitment", ["state", "due_on"], unique=False)
    op.create_table(
        "decision_comment",
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("adoption", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_decision_comment_comment_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_comment_decision_id")),
        sa.PrimaryKeyConstraint("decision_id", "comment_id", name=op.f("pk_decision_comment")),
    )
    op.create_table(
        "decision_issue",
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "tally",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_issue_decision_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_decision_issue_issue_id")),
        sa.PrimaryKeyConstraint("decision_id", "issue_id", name=op.f("pk_decision_issue")),
    )
    op.create_index("ix_decision_issue_issue", "decision_issue", ["issue_id"], unique=False)
    op.create_table(
        "decision_objection",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_key", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_decision_objection_account_id")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["account.id"], name=op.f("fk_decision_objection_answered_by_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_objection_decision_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_decision_objection_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_objection")),
        sa.UniqueConstraint("decision_id", "voter_key", name=op.f("uq_decision_objection_decision_id_voter_key")),
    )
    op.create_table(
        "decision_rating",
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_key", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("solved", sa.String(length=8), nullable=False),
        sa.Column("satisfaction", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("ck_decision_rating_satisfaction")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_decision_rating_account_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_rating_decision_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_decision_rating_organisation_id")
        ),
        sa.PrimaryKeyConstraint("decision_id", "voter_key", name=op.f("pk_decision_rating")),
    )
    op.create_table(
        "decision_step",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("from_state", sa.String(length=16), nullable=True),
        sa.Column("to_state", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_decision_step_actor_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_step_decision_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_decision_step_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_step")),
    )
    op.create_index("ix_decision_step_decision", "decision_step", ["decision_id", "id"], unique=False)
    op.create_table(
        "initiative",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("place_path", sa.String(length=120), nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=True),
        sa.Column("decision_id", sa.BigInteger(), nullable=True),
        sa.Column("starter_id", sa.BigInteger(), nullable=False),
        sa.Column("starter_organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.String(length=40), nullable=True),
        sa.Column("coordinator_key", sa.String(length=20), nullable=False),
        sa.Column("coordinator_id", sa.BigInteger(), nullable=False),
        sa.Column("coordinator_organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("successor_key", sa.String(length=20), nullable=True),
        sa.Column(
            "helper_keys",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("stop_reason", sa.String(length=1000), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.Column("residents", sa.Integer(), nullable=False),
        sa.Column("enterprises", sa.Integer(), nullable=False),
        sa.Column("ngos", sa.Integer(), nullable=False),
        sa.Column("offices", sa.Integer(), nullable=False),
        sa.Column("solved_yes", sa.Integer(), nullable=False),
        sa.Column("solved_partly", sa.Integer(), nullable=False),
        sa.Column("solved_no", sa.Integer(), nullable=False),
        sa.Column("satisfaction_sum", sa.Integer(), nullable=False),
        sa.CheckConstraint("state <> 'stopped' OR stop_reason <> ''", name=op.f("ck_initiative_stopped")),
        sa.CheckConstraint("state NOT IN ('finished', 'closed') OR report <> ''", name=op.f("ck_initiative_reported")),
        sa.CheckConstraint(
            "residents >= 0 AND enterprises >= 0 AND ngos >= 0 AND offices >= 0",
            name=op.f("ck_initiative_participants"),
        ),
        sa.CheckConstraint(
            "solved_yes >= 0 AND solved_partly >= 0 AND solved_no >= 0", name=op.f("ck_initiative_ratings")
        ),
        sa.ForeignKeyConstraint(["coordinator_id"], ["account.id"], name=op.f("fk_initiative_coordinator_id")),
        sa.ForeignKeyConstraint(
            ["coordinator_organisation_id"], ["organisation.id"], name=op.f("fk_initiative_coordinator_organisation_id")
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_initiative_decision_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_initiative_district_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_initiative_issue_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_initiative_place_id")),
        sa.ForeignKeyConstraint(["starter_id"], ["account.id"], name=op.f("fk_initiative_starter_id")),
        sa.ForeignKeyConstraint(
            ["starter_organisation_id"], ["organisation.id"], name=op.f("fk_initiative_starter_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative")),
        sa.UniqueConstraint("starter_id", "once", name=op.f("uq_initiative_starter_id_once")),
    )
    op.create_index("ix_initiative_coordinator", "initiative", ["coordinator_key", "id"], unique=False)
    op.create_index("ix_initiative_decision", "initiative", ["decision_id"], unique=False)
    op.create_index("ix_initiative_finished", "initiative", ["state", "finished_at"], unique=False)
    op.create_index("ix_initiative_issue", "initiative", ["issue_id"], unique=False)
    op.create_index("ix_initiative_new", "initiative", ["district_id", "created_at", "id"], unique=False)
    op.create_index("ix_initiative_state_new", "initiative", ["district_id", "state", "created_at", "id"], unique=False)
    op.create_table(
        "issue_deadline_mark",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.String(length=8), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("mark", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_deadline_mark_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "deadline", "due", "mark", name=op.f("pk_issue_deadline_mark")),
    )
    op.create_table(
        "issue_pause",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("working_days", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ended_by_id"], ["account.id"], name=op.f("fk_issue_pause_ended_by_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_pause_issue_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["account.id"], name=op.f("fk_issue_pause_started_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_pause")),
    )
    op.create_index("ix_issue_pause_issue", "issue_pause", ["issue_id", "started_at"], unique=False)
    op.create_table(
        "issue_photo",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("alt", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_photo_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "position", name=op.f("pk_issue_photo")),
    )
    op.create_index(op.f("ix_issue_photo_key"), "issue_photo", ["key"], unique=False)
    op.create_table(
        "issue_rating",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_key", sa.String(length=20), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("chamber", sa.String(length=12), nullable=False),
        sa.Column("solved", sa.String(length=8), nullable=False),
        sa.Column("satisfaction", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("ck_issue_rating_satisfaction")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_issue_rating_account_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_rating_issue_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_issue_rating_organisation_id")),
        sa.PrimaryKeyConstraint("issue_id", "voter_key", "round", name=op.f("pk_issue_rating")),
    )
    op.create_table(
        "issue_reopen_request",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("voter_key", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_issue_reopen_request_account_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_reopen_request_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "round", "voter_key", name=op.f("pk_issue_reopen_request")),
    )
    op.create_table(
        "issue_transition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("from_state", sa.String(length=12), nullable=True),
        sa.Column("to_state", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("role_title", sa.String(length=60), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "details",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("document_key", sa.String(length=100), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_issue_transition_actor_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_issue_transition_district_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_transition_issue_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"], name=op.f("fk_issue_transition_office_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_issue_transition_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_transition")),
    )
    op.create_index("ix_issue_transition_trace", "issue_transition", ["issue_id", "id"], unique=False)
    op.create_table(
        "issue_version",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("editor_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_issue_version_category_id")),
        sa.ForeignKeyConstraint(["editor_id"], ["account.id"], name=op.f("fk_issue_version_editor_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_version_issue_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_issue_version_place_id")),
        sa.PrimaryKeyConstraint("issue_id", "number", name=op.f("pk_issue_version")),
    )
    op.create_table(
        "vote",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_key", sa.String(length=20), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("chamber", sa.String(length=12), nullable=False),
        sa.Column("choice", sa.String(length=8), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("chamber IN ('resident', 'enterprise', 'ngo')", name=op.f("ck_vote_chamber")),
        sa.CheckConstraint("choice IN ('support', 'oppose', 'neutral', 'none')", name=op.f("ck_vote_choice")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_vote_account_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_vote_issue_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_vote_organisation_id")),
        sa.PrimaryKeyConstraint("issue_id", "voter_key", name=op.f("pk_vote")),
    )
    op.create_index("ix_vote_mine", "vote", ["account_id", "changed_at"], unique=False)
    op.create_table(
        "vote_tally",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("chamber", sa.String(length=12), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("support", sa.Integer(), nullable=False),
        sa.Column("oppose", sa.Integer(), nullable=False),
        sa.Column("neutral", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("support >= 0 AND oppose >= 0 AND neutral >= 0", name=op.f("ck_vote_tally_counts")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_vote_tally_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "chamber", "slot", name=op.f("pk_vote_tally")),
    )
    op.create_table(
        "answer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("transition_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("role_title", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("next_step", sa.String(length=300), nullable=False),
        sa.Column("next_step_due", sa.Date(), nullable=True),
        sa.Column(
            "attachments",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("template_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_answer_author_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_answer_district_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_answer_issue_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_answer_organisation_id")),
        sa.ForeignKeyConstraint(["template_id"], ["answer_template.id"], name=op.f("fk_answer_template_id")),
        sa.ForeignKeyConstraint(["transition_id"], ["issue_transition.id"], name=op.f("fk_answer_transition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("transition_id", name=op.f("uq_answer_transition_id")),
    )
    op.create_index("ix_answer_issue", "answer", ["issue_id", "id"], unique=False)
    op.create_index("ix_answer_promise", "answer", ["district_id", "next_step_due", "id"], unique=False)
    op.create_table(
        "initiative_need",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("initiative_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("required", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("covered", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("covered >= 0", name=op.f("ck_initiative_need_covered")),
        sa.CheckConstraint("required > 0", name=op.f("ck_initiative_need_required")),
        sa.ForeignKeyConstraint(["initiative_id"], ["initiative.id"], name=op.f("fk_initiative_need_initiative_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_need")),
    )
    op.create_index("ix_initiative_need_of", "initiative_need", ["initiative_id", "position"], unique=False)
    op.create_table(
        "initiative_participant",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("initiative_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_key", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("chamber", sa.String(length=12), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "chamber IN ('resident', 'enterprise', 'ngo', 'government')", name=op.f("ck_initiative_participant_chamber")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_initiative_participant_account_id")),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_initiative_participant_initiative_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_initiative_participant_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_participant")),
        sa.UniqueConstraint(
            "initiative_id", "voter_key", name=op.f("uq_initiative_participant_initiative_id_voter_key")
        ),
    )
    op.create_index("ix_initiative_participant_mine", "initiative_participant", ["voter_key", "id"], unique=False)
    op.create_index("ix_initiative_participant_of", "initiative_participant", ["initiative_id", "id"], unique=False)
    op.create_table(
        "initiative_rating",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("initiative_id", sa.BigInteger(), nullable=False),
        sa.Column("voter_key", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("chamber", sa.String(length=12), nullable=False),
        sa.Column("solved", sa.String(length=8), nullable=False),
        sa.Column("satisfaction", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("solved IN ('yes', 'partly', 'no')", name=op.f("ck_initiative_rating_solved")),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("ck_initiative_rating_satisfaction")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_initiative_rating_account_id")),
        sa.ForeignKeyConstraint(["initiative_id"], ["initiative.id"], name=op.f("fk_initiative_rating_initiative_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_initiative_rating_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_rating")),
        sa.UniqueConstraint("initiative_id", "voter_key", name=op.f("uq_initiative_rating_initiative_id_voter_key")),
    )
    op.create_index("ix_initiative_rating_of", "initiative_rating", ["initiative_id", "id"], unique=False)
    op.create_table(
        "initiative_step",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("initiative_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("owner_key", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("once", sa.String(length=40), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_initiative_step_account_id")),
        sa.ForeignKeyConstraint(["initiative_id"], ["initiative.id"], name=op.f("fk_initiative_step_initiative_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_initiative_step_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_step")),
        sa.UniqueConstraint("initiative_id", "once", name=op.f("uq_initiative_step_initiative_id_once")),
    )
    op.create_index("ix_initiative_step_of", "initiative_step", ["initiative_id", "due_on", "id"], unique=False)
    op.create_table(
        "initiative_transition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("initiative_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("from_state", sa.String(length=12), nullable=True),
        sa.Column("to_state", sa.String(length=12), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_initiative_transition_account_id")),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_initiative_transition_initiative_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_initiative_transition_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_transition")),
    )
    op.create_index("ix_initiative_transition_of", "initiative_transition", ["initiative_id", "id"], unique=False)
    op.create_table(
        "initiative_update",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("initiative_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "photos",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("once", sa.String(length=40), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_initiative_update_account_id")),
        sa.ForeignKeyConstraint(["initiative_id"], ["initiative.id"], name=op.f("fk_initiative_update_initiative_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_initiative_update_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_update")),
        sa.UniqueConstraint("initiative_id", "once", name=op.f("uq_initiative_update_initiative_id_once")),
    )
    op.create_index("ix_initiative_update_of", "initiative_update", ["initiative_id", "id"], unique=False)
    op.create_table(
        "progress_report",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("commitment_id", sa.BigInteger(), nullable=True),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "attachments",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_progress_report_author_id")),
        sa.ForeignKeyConstraint(["commitment_id"], ["commitment.id"], name=op.f("fk_progress_report_commitment_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_progress_report_decision_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_progress_report_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_report")),
    )
    op.create_index("ix_progress_report_decision", "progress_report", ["decision_id", "id"], unique=False)
    op.create_table(
        "initiative_pledge",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("initiative_id", sa.BigInteger(), nullable=False),
        sa.Column("need_id", sa.BigInteger(), nullable=True),
        sa.Column("need_key", sa.String(length=16), nullable=False),
        sa.Column("voter_key", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("chamber", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_key", sa.String(length=20), nullable=True),
        sa.Column("objection", sa.String(length=1000), nullable=False),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("flagged_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(need_id IS NULL) = (need_key = 'own')", name=op.f("ck_initiative_pledge_need")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_initiative_pledge_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_initiative_pledge_account_id")),
        sa.ForeignKeyConstraint(["initiative_id"], ["initiative.id"], name=op.f("fk_initiative_pledge_initiative_id")),
        sa.ForeignKeyConstraint(["need_id"], ["initiative_need.id"], name=op.f("fk_initiative_pledge_need_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_initiative_pledge_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_pledge")),
        sa.UniqueConstraint(
            "initiative_id", "voter_key", "need_key", name=op.f("uq_initiative_pledge_initiative_id_voter_key_need_key")
        ),
    )
    op.create_index("ix_initiative_pledge_due", "initiative_pledge", ["state", "due_on"], unique=False)
    op.create_index("ix_initiative_pledge_of", "initiative_pledge", ["initiative_id", "id"], unique=False)
    search.create_index(op)


def downgrade() -> None:
    """Take back."""
    search.drop_index(op)
    op.drop_index("ix_initiative_pledge_of", table_name="initiative_pledge")
    op.drop_index("ix_initiative_pledge_due", table_name="initiative_pledge")
    op.drop_table("initiative_pledge")
    op.drop_index("ix_progress_report_decision", table_name="progress_report")
    op.drop_table("progress_report")
    op.drop_index("ix_initiative_update_of", table_name="initiative_update")
    op.drop_table("initiative_update")
    op.drop_index("ix_initiative_transition_of", table_name="initiative_transition")
    op.drop_table("initiative_transition")
    op.drop_index("ix_initiative_step_of", table_name="initiative_step")
    op.drop_table("initiative_step")
    op.drop_index("ix_initiative_rating_of", table_name="initiative_rating")
    op.drop_table("initiative_rating")
    op.drop_index("ix_initiative_participant_of", table_name="initiative_participant")
    op.drop_index("ix_initiative_participant_mine", table_name="initiative_participant")
    op.drop_table("initiative_participant")
    op.drop_index("ix_initiative_need_of", table_name="initiative_need")
    op.drop_table("initiative_need")
    op.drop_index("ix_answer_promise", table_name="answer")
    op.drop_index("ix_answer_issue", table_name="answer")
    op.drop_table("answer")
    op.drop_table("vote_tally")
    op.drop_index("ix_vote_mine", table_name="vote")
    op.drop_table("vote")
    op.drop_table("issue_version")
    op.drop_index("ix_issue_transition_trace", table_name="issue_transition")
    op.drop_table("issue_transition")
    op.drop_table("issue_reopen_request")
    op.drop_table("issue_rating")
    op.drop_index(op.f("ix_issue_photo_key"), table_name="issue_photo")
    op.drop_table("issue_photo")
    op.drop_index("ix_issue_pause_issue", table_name="issue_pause")
    op.drop_table("issue_pause")
    op.drop_table("issue_deadline_mark")
    op.drop_index("ix_initiative_state_new", table_name="initiative")
    op.drop_index("ix_initiative_new", table_name="initiative")
    op.drop_index("ix_initiative_issue", table_name="initiative")
    op.drop_index("ix_initiative_finished", table_name="initiative")
    op.drop_index("ix_initiative_decision", table_name="initiative")
    op.drop_index("ix_initiative_coordinator", table_name="initiative")
    op.drop_table("initiative")
    op.drop_index("ix_decision_step_decision", table_name="decision_step")
    op.drop_table("decision_step")
    op.drop_table("decision_rating")
    op.drop_table("decision_objection")
    op.drop_index("ix_decision_issue_issue", table_name="decision_issue")
    op.drop_table("decision_issue")
    op.drop_table("decision_comment")
    op.drop_index("ix_commitment_due", table_name="commitment")
    op.drop_index("ix_commitment_decision", table_name="commitment")
    op.drop_table("commitment")
    op.drop_table("comment_version")
    op.drop_table("comment_reaction")
    op.drop_table("comment_mention")
    op.drop_index(
        "uq_routing_place",
        table_name="routing",
        sqlite_where=sa.text("place_id IS NOT NULL"),
        postgresql_where=sa.text("place_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_routing_district",
        table_name="routing",
        sqlite_where=sa.text("place_id IS NULL"),
        postgresql_where=sa.text("place_id IS NULL"),
    )
    op.drop_index(op.f("ix_routing_place_id"), table_name="routing")
    op.drop_index(op.f("ix_routing_office_id"), table_name="routing")
    op.drop_table("routing")
    op.drop_index(op.f("ix_role_grant_account_id"), table_name="role_grant")
    op.drop_table("role_grant")
    op.drop_index(op.f("ix_personal_data_access_account_id"), table_name="personal_data_access")
    op.drop_table("personal_data_access")
    op.drop_index(
        "uq_membership_owner",
        table_name="membership",
        sqlite_where=sa.text("ended_at IS NULL AND role = 'owner'"),
        postgresql_where=sa.text("ended_at IS NULL AND role = 'owner'"),
    )
    op.drop_index(
        "uq_membership_in_force",
        table_name="membership",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_membership_organisation_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index("ix_issue_draft_newest", table_name="issue_draft")
    op.drop_table("issue_draft")
    op.drop_index("ix_issue_subdistrict_support", table_name="issue")
    op.drop_index("ix_issue_subdistrict_new", table_name="issue")
    op.drop_index("ix_issue_subdistrict_hot", table_name="issue")
    op.drop_index("ix_issue_state_due", table_name="issue")
    op.drop_index("ix_issue_place_new", table_name="issue")
    op.drop_index("ix_issue_office_due", table_name="issue")
    op.drop_index("ix_issue_near", table_name="issue")
    op.drop_index(op.f("ix_issue_merged_into_id"), table_name="issue")
    op.drop_index("ix_issue_grid_new", table_name="issue")
    op.drop_index("ix_issue_escalated_due", table_name="issue")
    op.drop_index("ix_issue_district_support", table_name="issue")
    op.drop_index("ix_issue_district_new", table_name="issue")
    op.drop_index("ix_issue_district_hot", table_name="issue")
    op.drop_index("ix_issue_district_due", table_name="issue")
    op.drop_index("ix_issue_community_support", table_name="issue")
    op.drop_index("ix_issue_community_new", table_name="issue")
    op.drop_index("ix_issue_community_hot", table_name="issue")
    op.drop_index("ix_issue_category_support", table_name="issue")
    op.drop_index("ix_issue_category_new", table_name="issue")
    op.drop_index("ix_issue_category_hot", table_name="issue")
    op.drop_index("ix_issue_author_new", table_name="issue")
    op.drop_table("issue")
    op.drop_index(op.f("ix_invitation_organisation_id"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_contact_index"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index("ix_decision_office", table_name="decision")
    op.drop_index("ix_decision_notice", table_name="decision")
    op.drop_index("ix_decision_new", table_name="decision")
    op.drop_table("decision")
    op.drop_index(op.f("ix_comment_parent_id"), table_name="comment")
    op.drop_index("ix_comment_newest", table_name="comment")
    op.drop_index("ix_comment_by_account", table_name="comment")
    op.drop_index("ix_comment_best", table_name="comment")
    op.drop_table("comment")
    op.drop_table("answer_template")
    op.drop_index(op.f("ix_account_session_account_id"), table_name="account_session")
    op.drop_table("account_session")
    op.drop_index(
        "uq_verification_request_waiting",
        table_name="verification_request",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index("ix_verification_request_queue", table_name="verification_request")
    op.drop_index(op.f("ix_verification_request_community_id"), table_name="verification_request")
    op.drop_index(op.f("ix_verification_request_account_id"), table_name="verification_request")
    op.drop_table("verification_request")
    op.drop_index("ix_organisation_state", table_name="organisation")
    op.drop_index(op.f("ix_organisation_place_id"), table_name="organisation")
    op.drop_index(op.f("ix_organisation_district_id"), table_name="organisation")
    op.drop_table("organisation")
    op.drop_table("notice_preference")
    op.drop_index(
        "ix_notice_unread",
        table_name="notice",
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.drop_index("ix_notice_inbox", table_name="notice")
    op.drop_table("notice")
    op.drop_index("ix_follow_account", table_name="follow")
    op.drop_table("follow")
    op.drop_index(op.f("ix_confirmation_code_expires_at"), table_name="confirmation_code")
    op.drop_index(op.f("ix_confirmation_code_contact_index"), table_name="confirmation_code")
    op.drop_table("confirmation_code")
    op.drop_index(op.f("ix_account_district_id"), table_name="account")
    op.drop_index(op.f("ix_account_community_id"), table_name="account")
    op.drop_table("account")
    op.drop_index("ix_search_document_within", table_name="search_document")
    op.drop_table("search_document")
    op.drop_index("ix_place_siblings", table_name="place")
    op.drop_index("ix_place_path", table_name="place")
    op.drop_table("place")
    op.drop_index("ix_outgoing_message_waiting", table_name="outgoing_message")
    op.drop_index("ix_outgoing_message_newest", table_name="outgoing_message")
    op.drop_table("outgoing_message")
    op.drop_index(op.f("ix_category_parent_id"), table_name="category")
    op.drop_table("category")
    op.drop_index(op.f("ix_throttle_window_ends"), table_name="throttle")
    op.drop_table("throttle")
    op.drop_table("stuck_delivery")
    op.drop_table("stream_version")
    op.drop_index(op.f("ix_outbox_event_kind"), table_name="outbox_event")
    op.drop_table("outbox_event")
    op.drop_table("listener_state")
    op.drop_table("idempotency_record")
    op.drop_table("district")
