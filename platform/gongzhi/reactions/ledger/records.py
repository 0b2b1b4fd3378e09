"""What a leaf, a head and a key say, as bytes: the format others can check without this platform.

Everything signed or hashed is canonical JSON: keys sorted, no white space, UTF-8 without escapes, and in it
only text, whole numbers, true, false, null, lists and objects (a part of RFC 8785 that every language can write).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LEAF_FORMAT = "gongzhi-leaf/1"
HEAD_FORMAT = "gongzhi-head/1"
KEY_FORMAT = "gongzhi-key/1"
FILE_KIND = "gongzhi-ledger"
FILE_VERSION = 1
ALGORITHM = "ed25519"
PLAIN_HASH = "sha256"
SALTED_HASH = "sha256-salted"
SALT_BYTES = 32
KEY_ID_LENGTH = 16
_HALF_PAIR = re.compile("[\ud800-\udfff]")


def canonical(value: Any) -> str:
    """The one way to write a value. Raises TypeError for what has no one way, such as a float."""
    _check(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _check(value: Any) -> None:
    if value is None or isinstance(value, bool | int):
        return
    if isinstance(value, str):
        if _HALF_PAIR.search(value):
            raise TypeError("half a surrogate pair has no UTF-8")
        return
    if isinstance(value, list):
        for item in value:
            _check(item)
        return
    if isinstance(value, dict) and all(isinstance(key, str) and key.isascii() for key in value):
        for item in value.values():
            _check(item)
        return
    raise TypeError(f"{type(value).__name__} has no canonical form")


def moment(at: datetime) -> str:
    """UTC with microseconds and a Z, always of one length."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def content_hash(content: str, salt: bytes = b"") -> str:
    """SHA-256 of the salt followed by the content in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(salt + content.encode()).hexdigest()


def key_id(public_key: bytes) -> str:
    """The first 16 hexadecimal digits of the public key's SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:KEY_ID_LENGTH]


def log_id(district_code: str, first_key: bytes) -> str:
    """The name of a log for ever: the district's code and the id of the key it began with."""
    return f"{district_code}-{key_id(first_key)}"


def head_text(*, log: str, size: int, root: bytes, time: str, key: str) -> str:
    """What is signed for a tree head."""
    return canonical(
        {"format": HEAD_FORMAT, "algorithm": ALGORITHM, "log": log, "size": size, "root": root.hex(), "time": time}
        | {"key": key}
    )


def key_text(*, log: str, public_key: bytes, valid_from: str) -> str:
    """What the key before signs when a new one follows it; the first key signs itself."""
    return canonical(
        {"format": KEY_FORMAT, "algorithm": ALGORITHM, "log": log, "public_key": public_key.hex(), "from": valid_from}
    )


def fits(public_key: bytes, signature: bytes, text: str) -> bool:
    """Whether the key made this signature of the text."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def head_fits(head: Mapping[str, Any], public_key: bytes, log: str) -> bool:
    """Whether a head, as pages and files show it, carries a signature of this key for this log."""
    text = head_text(log=log, size=head["size"], root=bytes.fromhex(head["root"]), time=head["time"], key=head["key"])
    return head.get("algorithm") == ALGORITHM and fits(public_key, bytes.fromhex(head["signature"]), text)
