"""A number that grows whenever anybody's rights may have changed, kept by the database itself.

Who answers requests may keep what it knows of a session for as long as the number is the same (queries/identity.py).
Triggers raise it, not actions: no write can go past them, wherever it comes from. Signing in does not raise
it, nor does noting that a session was used: nothing kept becomes wrong by that.
"""

from __future__ import annotations

from sqlalchemy import MetaData

from gongzhi.kernel.triggers import with_tables

WATCHED: dict[str, dict[str, tuple[str, ...]]] = {
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
            "suspended_until",
        ),
        "DELETE": (),
    },
    "account_session": {
        "UPDATE": ("revoked_at", "expires_at", "acting_for_id", "auth_epoch", "proved_at", "limited_at"),
        "DELETE": (),
    },
    "membership": {"INSERT": (), "UPDATE": (), "DELETE": ()},
    "role_grant": {"INSERT": (), "UPDATE": (), "DELETE": ()},
    "organisation": {"UPDATE": ("kind", "name_zh", "name_en", "state", "place_id"), "DELETE": ()},
    "place": {"UPDATE": ("path",)},
    "district": {"UPDATE": ()},
}
"""Table → what is done → which columns count (all where none is named)."""

RAISE = (
    "INSERT INTO stream_version (topic, slot, version) VALUES ('rights', 0, 1) "
    "ON CONFLICT (topic, slot) DO UPDATE SET version = stream_version.version + 1"
)
FUNCTION = (
    "CREATE OR REPLACE FUNCTION raise_rights_stamp() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN {RAISE}; RETURN NULL; END $$"
)


def triggers(dialect: str) -> list[str]:
    """The statements that make the triggers."""
    made = [] if dialect == "sqlite" else [FUNCTION]
    for table, acts in WATCHED.items():
        for act, columns in acts.items():
            name = f"rights_{table}_{act.lower()}"
            when = f"{act} OF {', '.join(columns)}" if columns else act
            if dialect == "sqlite":
                made.append(f"CREATE TRIGGER {name} AFTER {when} ON {table} BEGIN {RAISE}; END")
            else:
                made.append(
                    f"CREATE TRIGGER {name} AFTER {when} ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION raise_rights_stamp()"
                )
    return made


def install(metadata: MetaData) -> None:
    """Make the triggers with the tables, where no migration does."""
    with_tables(metadata, triggers)
