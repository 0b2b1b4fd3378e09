"""A large district: issues by the hundred thousand, ten votes each, and every text in the search index.

The rows are copies of some that the platform's own actions made, with other words, times and voters; they go in
with COPY on PostgreSQL and in one long transaction on SQLite, because through the actions a million issues would
take a day. `python -m gongzhi.web.cli doctor --deep` finds nothing wrong with them.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, bindparam, func, insert, select, text

from gongzhi.domains.issues.models import Issue, IssueTransition, IssueVersion, Vote, VoteTally
from gongzhi.domains.issues.rules.scores import hot_score, slot_of
from gongzhi.domains.people.models import Account
from gongzhi.kernel import clock, db
from gongzhi.kernel.ids import to_number, to_text
from gongzhi.kernel.prepared import Prepared
from gongzhi.kernel.text.words import bigrams, to_tsvector
from gongzhi.reactions.search.models import SearchDocument

VOTES = 10
SAMPLE = 1_000
VOTERS = 5_000
BATCH = 5_000

WHERE = (
    "解放碑",
    "洪崖洞",
    "较场口",
    "大坪正街",
    "两路口",
    "菜园坝",
    "七星岗",
    "朝天门",
    "石油路",
    "化龙桥",
    "上清寺",
    "大溪沟",
    "枣子岚垭",
    "观音岩",
    "临江门",
    "望龙门",
    "南纪门",
    "鹅岭",
    "李子坝",
    "虎头岩",
)
WHAT = (
    "路灯",
    "梯坎",
    "扶手",
    "电梯",
    "井盖",
    "垃圾桶",
    "停车位",
    "公交站牌",
    "下水道",
    "健身器材",
    "消防通道",
    "绿化带",
    "人行道",
    "护栏",
    "监控",
    "排烟管道",
    "水管",
    "充电桩",
    "公厕",
    "步道",
)
TROUBLE = (
    "坏了一个多月没人修",
    "夜里声音太大影响休息",
    "被占用了走不过去",
    "下雨天积水很深",
    "松动了老人孩子容易摔",
    "味道很重开不了窗",
    "数量不够大家轮着用",
    "位置不合理看不见",
    "反映过几次没有回音",
    "希望改造时听听居民意见",
)
ASK = (
    "请尽快派人来看看",
    "希望给个答复和时间",
    "建议列入今年的改造",
    "盼望相关部门协调解决",
    "能不能先设个警示牌",
)


def words(number: int, dice: random.Random) -> tuple[str, str]:
    """A title and a body like those people write."""
    where, what, trouble = dice.choice(WHERE), dice.choice(WHAT), dice.choice(TROUBLE)
    title = f"{where}{number % 900 + 1}号{what}{trouble}"
    more = "。".join(f"{dice.choice(WHERE)}的{dice.choice(WHAT)}也{dice.choice(TROUBLE)}" for _ in range(3))
    return title, f"{where}附近的{what}{trouble},{more}。{dice.choice(ASK)}。"


def grow(to: int) -> list[str]:
    """Add issues until there are so many; the ids of some new ones, spread over all."""
    session = db.session()
    there = session.scalar(select(func.count()).select_from(Issue)) or 0
    pattern = _row(Issue.__table__)
    version, step = _row(IssueVersion.__table__), _row(IssueTransition.__table__)
    document, person = _row(SearchDocument.__table__), _row(Account.__table__)
    session.rollback()
    voters = [_id(1, number) for number in range(VOTERS)]
    people = [
        {**person, "id": voter, "name": f"居民{voter[-4:]}", "email": None, "email_index": None} for voter in voters
    ]
    slots = {voter: slot_of(f"a:{voter}", db.engine().dialect.name) for voter in voters}
    dice, now = random.Random(7), clock.now()

    def rows(first: int, last: int) -> Iterator[tuple[Table, dict[str, Any]]]:
        for number in range(first, last):
            issue_id, at = _issue_id(number), now - timedelta(seconds=20 * number)
            title, body = words(number, dice)
            yield (
                Issue.__table__,
                {
                    **pattern, "id": issue_id, "title": title, "body": body, "published_at": at,
                    "import_key": f"bulk:{number}", "support_score": VOTES, "hot_score": hot_score(at, VOTES, 0, 0, 0),
                },
            )  # fmt: skip
            yield IssueVersion.__table__, {**version, "issue_id": issue_id, "title": title, "body": body, "at": at}
            yield IssueTransition.__table__, {**step, "id": _id(3, number), "issue_id": issue_id, "at": at}
            counts: dict[int, int] = {}
            for place in range(VOTES):
                voter = voters[(number * 7 + place * 131) % VOTERS]
                counts[slots[voter]] = counts.get(slots[voter], 0) + 1
                yield (
                    Vote.__table__,
                    {
                        "issue_id": issue_id, "voter_key": f"a:{voter}", "district_id": pattern["district_id"],
                        "account_id": voter, "organisation_id": None, "chamber": "resident", "choice": "support",
                        "changed_at": at,
                    },
                )  # fmt: skip
            for slot, count in counts.items():
                yield (
                    VoteTally.__table__,
                    {
                        "issue_id": issue_id, "chamber": "resident", "slot": slot, "support": count, "oppose": 0,
                        "neutral": 0, "version": count,
                    },
                )  # fmt: skip
            yield (
                SearchDocument.__table__,
                {**document, "id": issue_id, "title": title, "text": body, "path": f"/issues/{issue_id}", "at": at},
            )

    with _Loading() as put:
        put(Account.__table__, people)
        for first in range(there, to, BATCH):
            grouped: dict[Table, list[dict[str, Any]]] = {}
            for table, row in rows(first, min(first + BATCH, to)):
                grouped.setdefault(table, []).append(row)
            for table, some in grouped.items():
                put(table, some)
    return [_issue_id(number) for number in range(there, to, max((to - there) // SAMPLE, 1))][:SAMPLE]


def _id(kind: int, number: int) -> str:
    """Ids of our own, older than all others."""
    return to_text(kind * 1_000_000_000 + number + 1)


def _issue_id(number: int) -> str:
    """The newest has the greatest, as with ids made one after the other."""
    return _id(2, 999_999_999 - number)


def _row(table: Any) -> dict[str, Any]:
    """Some row of the table, as a pattern."""
    found = db.session().execute(select(table).limit(1)).mappings().one()
    return dict(found)


class _Loading:
    """The way in: one transaction, with what only matters for safety and speed of single rows put aside."""

    def __enter__(self) -> Any:
        self._connection = db.engine().connect().execution_options(gongzhi_write=True)
        self._sqlite = self._connection.dialect.name == "sqlite"
        self._insert: dict[str, Prepared] = {}
        if self._sqlite:
            raw = self._connection.connection.dbapi_connection
            raw.execute("PRAGMA synchronous=OFF")
            raw.execute("PRAGMA cache_size=-1000000")
        self._connection.begin()
        return self.put

    def put(self, table: Table, rows: list[Mapping[str, Any]]) -> None:
        """Add these rows; to the search documents, their words as well."""
        made = self._insert.setdefault(
            table.name, Prepared(insert(table).values({column.name: bindparam(column.name) for column in table.c}))
        ).on(self._connection.dialect)
        names = [column.name for column in table.c]
        values = (made.values(row) for row in rows)
        if self._sqlite:
            self._raw().executemany(made.text, values)
        else:
            self._copy(table.name, names, ([row[name] for name in names] for row in values))
        if table.name == SearchDocument.__tablename__:
            self._words(rows)

    def _words(self, rows: Iterable[Mapping[str, Any]]) -> None:
        texts = ((to_number(row["id"]), f"{row['title']}\n{row['text']}") for row in rows)
        if self._sqlite:
            self._raw().executemany(
                "INSERT INTO search_fts (rowid, tokens) VALUES (?, ?)", ((key, bigrams(words)) for key, words in texts)
            )
        else:
            self._copy("search_fts", ["rowid", "tokens"], ((key, to_tsvector(words)) for key, words in texts))

    def _copy(self, name: str, columns: list[str], rows: Iterable[Iterable[Any]]) -> None:
        with self._raw().cursor() as cursor, cursor.copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(list(row))

    def _raw(self) -> Any:
        return self._connection.connection.dbapi_connection

    def __exit__(self, kind: object, _value: object, _trace: object) -> None:
        if kind is None:
            self._connection.commit()
        else:
            self._connection.rollback()
        self._connection.close()
        db.disconnect()
        if kind is None:
            with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE"))
