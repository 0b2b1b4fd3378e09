"""A copy of one's own data: asked for, made by a job from what every room registered, kept encrypted for a week."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongzhi.kernel import clock, personal, storage
from gongzhi.kernel.db import after_commit
from gongzhi.kernel.errors import Conflict, NotFound
from gongzhi.kernel.events import record
from gongzhi.kernel.personal import Sheet
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import decrypt_file, encrypt_file
from gongzhi.kernel.text import lazy as _l

from ..events import DataCopyMade, DataCopyRequested
from ..models import CopyState, DataCopy
from ..permissions import MANAGE_OWN_ACCOUNT
from ..rules import COPY_LIFE
from .sessions import by

PURPOSE = "people.data_copy"
MOST_ATTEMPTS = 5
FORMULA = ("=", "+", "-", "@", "\t", "\r")
README = """共治：我的个人信息副本 / Gongzhi: a copy of your own data
制作时间 / made at: {at}

中文
每一类信息有两个文件：*.json 便于程序读取，*.csv 可用电子表格打开（UTF-8，带 BOM）。
photos/ 里是您上传的照片。时间一律为协调世界时（UTC）。编号只在本平台内有意义。
密码、动态口令密钥、恢复码和通行密钥本身不在副本中：平台只保存其不可还原或加密的形式。
依据：《中华人民共和国个人信息保护法》第四十五条。

English
Each kind of data comes as two files: *.json for programs and *.csv for spreadsheets (UTF-8 with BOM).
photos/ holds the pictures you uploaded. All times are UTC. Ids mean something on this platform only.
Passwords, secrets of authenticator apps, recovery codes and passkeys are not in it: the platform keeps them
hashed or encrypted only. Basis: Personal Information Protection Law of the PRC, Art 45.

{files}
"""


def ask_for_copy(session: Session, actor: Actor) -> DataCopy:
    """Ask for a copy of one's own data. Raises `Conflict` while an earlier one is still being made."""
    require(actor, MANAGE_OWN_ACCOUNT)
    made = DataCopy(
        district_id=actor.district_id,
        account_id=actor.account_id or "",
        state=CopyState.WAITING,
        requested_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(_l("Your earlier copy is still being made.")) from None
    record(session, DataCopyRequested(**by(actor), account_id=made.account_id, copy_id=made.id))
    return made


def fetch_copy(session: Session, actor: Actor, copy_id: str) -> tuple[DataCopy, bytes]:
    """The copy itself, for its owner. Raises `NotFound` for anybody else's, or one that is not there (any more)."""
    require(actor, MANAGE_OWN_ACCOUNT)
    found = session.get(DataCopy, copy_id)
    if (
        found is None
        or found.account_id != actor.account_id
        or found.state != CopyState.READY
        or found.key is None
        or found.expires_at is None
        or found.expires_at <= clock.now()
    ):
        raise NotFound
    with storage.open_file(found.key) as stream:
        data = decrypt_file(stream.read(), PURPOSE)
    found.fetched_at = clock.now()
    return found, data


def make_copy(session: Session, copy_id: str) -> None:
    """Make one copy that waits, under its lock; one made meanwhile is left alone."""
    row = session.get(DataCopy, copy_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != CopyState.WAITING:
        return
    data = pack(session, row.account_id)
    row.key, row.size = storage.store_sealed(encrypt_file(data, PURPOSE)), len(data)
    row.state, row.made_at, row.expires_at = CopyState.READY, clock.now(), clock.now() + COPY_LIFE
    record(session, DataCopyMade(district_id=row.district_id, account_id=row.account_id, copy_id=row.id))


def note_failure(session: Session, copy_id: str) -> None:
    """Making it failed; after five times it is given up, and can be asked for again."""
    row = session.get(DataCopy, copy_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != CopyState.WAITING:
        return
    row.attempts += 1
    if row.attempts >= MOST_ATTEMPTS:
        row.state = CopyState.FAILED


def drop_copies(session: Session, rows: Iterable[DataCopy]) -> None:
    """Forget copies; their files go once that is on disk."""
    for row in rows:
        if row.key is not None:
            after_commit(session, partial(storage.remove_file, row.key))
        row.key, row.state = None, CopyState.GONE


def waiting_copies(session: Session) -> list[str]:
    """The ids of those to be made, the oldest first."""
    return list(
        session.scalars(select(DataCopy.id).where(DataCopy.state == CopyState.WAITING).order_by(DataCopy.id).limit(20))
    )


def outdated_copies(session: Session) -> list[DataCopy]:
    """Copies whose week is over."""
    return list(
        session.scalars(
            select(DataCopy).where(DataCopy.state == CopyState.READY, DataCopy.expires_at <= clock.now()).limit(100)
        )
    )


def pack(session: Session, account_id: str) -> bytes:
    """The ZIP: a JSON and a CSV file for each kind of data of each room, photos, and a readme in both languages."""
    packed = io.BytesIO()
    names: list[str] = []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        photos: set[str] = set()
        for room in personal.rooms():
            for sheet in room.export(session, account_id):
                stem = f"{room.room}/{sheet.name}"
                rows = [{name: plain(value) for name, value in row.items()} for row in sheet.rows]
                archive.writestr(f"{stem}.json", json.dumps(rows, ensure_ascii=False, indent=1))
                archive.writestr(f"{stem}.csv", _table(rows))
                names.append(f"{stem}: {len(rows)}")
                photos.update(sheet.photos)
        for key in sorted(photos):
            try:
                with storage.open_file(key) as stream:
                    archive.writestr(f"photos/{key}", stream.read())
            except NotFound:
                continue  # taken away already, as after a removal by its owner
        readme = README.format(at=clock.now().isoformat(), files="\n".join(names))
        archive.writestr("README.txt", "\ufeff" + readme)
    return packed.getvalue()


def plain(value: Any) -> Any:
    """As JSON can hold it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _table(rows: list[dict[str, Any]]) -> bytes:
    """A CSV file that opens rightly in spreadsheets; what would be taken for a formula there is quoted."""
    text = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value


def sheets(**lists: list[dict[str, Any]]) -> list[Sheet]:
    """Sheets by their names."""
    return [Sheet(name, rows) for name, rows in lists.items()]
