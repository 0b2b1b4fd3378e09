"""What the database itself refuses, whoever asks: to change a ballot's rules, roll or result once they are fixed.

The same triggers are made with the tables of tests and by migration 0005, which has them in its own words. A later
migration that rebuilds one of these tables on SQLite (batch mode) must make its triggers anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from sqlalchemy import Table

from gongzhi.kernel.triggers import with_tables

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


def attach(tables: Mapping[str, Table]) -> None:
    """Make the triggers whenever these tables are made."""
    for name in {table for table, _statement in statements("sqlite")}:
        with_tables(tables[name], partial(_of_table, name))


def _of_table(name: str, dialect: str) -> list[str]:
    return [statement for table, statement in statements(dialect) if table == name]
