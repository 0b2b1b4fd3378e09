"""a number that grows with every change of rights, raised by triggers."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WATCHED = {
    "account": {
        "UPDATE": (
            "district_id",
            "name",
            "level",
            "state",
            "auth_epoch",
            "community_id",
            "locale",
            "theme",
            "type_size",
        ),
        "DELETE": (),
    },
    "account_session": {"UPDATE": ("revoked_at", "expires_at", "acting_for_id", "auth_epoch"), "DELETE": ()},
    "membership": {"INSERT": (), "UPDATE": (), "DELETE": ()},
    "role_grant": {"INSERT": (), "UPDATE": (), "DELETE": ()},
    "organisation": {"UPDATE": ("kind", "name_zh", "name_en", "state", "place_id"), "DELETE": ()},
    "place": {"UPDATE": ("path",)},
    "district": {"UPDATE": ()},
}
RAISE = (
    "INSERT INTO stream_version (topic, slot, version) VALUES ('rights', 0, 1) "
    "ON CONFLICT (topic, slot) DO UPDATE SET version = stream_version.version + 1"
)


def upgrade() -> None:
    """Apply."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(
            "CREATE OR REPLACE FUNCTION raise_rights_stamp() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {RAISE}; RETURN NULL; END $$"
        )
    for table, acts in WATCHED.items():
        for act, columns in acts.items():
            when = f"{act} OF {', '.join(columns)}" if columns else act
            start = f"CREATE TRIGGER rights_{table}_{act.lower()} AFTER {when} ON {table} "
            op.execute(
                start
                + (f"BEGIN {RAISE}; END" if sqlite else "FOR EACH STATEMENT EXECUTE FUNCTION raise_rights_stamp()")
            )


def downgrade() -> None:
    """Take back."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, acts in WATCHED.items():
        for act in acts:
            op.execute(f"DROP TRIGGER rights_{table}_{act.lower()}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        op.execute("DROP FUNCTION raise_rights_stamp()")
