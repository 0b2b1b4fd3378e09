"""The triggers that let rows of the ledger be added and nothing else; the migration has them word for word."""

from __future__ import annotations


def guarded(dialect: str, table: str) -> list[str]:
    """The statements that refuse UPDATE and DELETE (and TRUNCATE) on a table."""
    said = f"{table}: entries of the ledger are never changed or removed"
    if dialect == "sqlite":
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
