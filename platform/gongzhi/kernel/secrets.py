"""Secrets: encrypted columns with a key ring, blind indexes, passwords, random tokens.

Every encrypted value names its format, algorithm and key in front (``v1.a256gcm.<key id>.…``), so
that keys and algorithms can change while old values stay readable. Keys for each purpose
are derived from the master key; the purpose is also authenticated, so a value copied into
another column does not decrypt there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets as standard_secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gongzhi.kernel.masks import (
    check_identity,
    mask_bank_account,
    mask_email,
    mask_identity,
    mask_name,
    mask_phone,
)

__all__ = [
    "CHEAP_HASHING",
    "SAFE_HASHING",
    "HashingCost",
    "Undecipherable",
    "blind_index",
    "blind_indexes",
    "check_identity",
    "configure",
    "decrypt",
    "decrypt_file",
    "encrypt",
    "encrypt_file",
    "hash_password",
    "mask_bank_account",
    "mask_email",
    "mask_identity",
    "mask_name",
    "mask_phone",
    "needs_rehash",
    "random_token",
    "rotate",
    "sign",
    "signed",
    "token_hash",
    "verify_password",
]

FORMAT = "v1"
ALGORITHM = "a256gcm"
SHORTEST_KEY = 32
NONCE_BYTES = 12
SIGNATURE_BYTES = 16


class Undecipherable(Exception):
    """The value was changed, belongs to another purpose, or its key is not in the ring."""


@dataclass(frozen=True, slots=True)
class HashingCost:
    """How much work one password costs (argon2id)."""

    passes: int
    memory_kib: int
    lanes: int


# RFC 9106, second recommended option.
SAFE_HASHING = HashingCost(passes=3, memory_kib=65_536, lanes=4)
# For tests only.
CHEAP_HASHING = HashingCost(passes=1, memory_kib=8, lanes=1)


class _Ring:
    """The keys in use: the first encrypts, the others still decrypt."""

    def __init__(self, keys: Sequence[bytes], cost: HashingCost) -> None:
        self.keys = {_key_id(key): key for key in keys}
        self.current = _key_id(keys[0])
        self.hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)
        self.nobody = self.hasher.hash(standard_secrets.token_urlsafe())


_ring: _Ring | None = None


def configure(master_key: bytes, older_keys: Sequence[bytes] = (), hashing: HashingCost = SAFE_HASHING) -> None:
    """Set the key ring. Keep replaced master keys in ``older_keys`` until every value is rotated."""
    global _ring  # noqa: PLW0603 - set once when the process starts
    keys = [master_key, *older_keys]
    if any(len(key) < SHORTEST_KEY for key in keys):
        msg = f"A master key needs at least {SHORTEST_KEY} bytes."
        raise ValueError(msg)
    _ring = _Ring(keys, hashing)


def encrypt(value: str, purpose: str) -> bytes:
    """Encrypt a value for one purpose, such as ``"people.phone"``."""
    ring = _configured()
    head = f"{FORMAT}.{ALGORITHM}.{ring.current}."
    nonce = os.urandom(NONCE_BYTES)
    cipher = AESGCM(_derive(ring.keys[ring.current], f"encrypt:{purpose}"))
    sealed = cipher.encrypt(nonce, value.encode(), _associated(head, purpose))
    return head.encode() + base64.urlsafe_b64encode(nonce + sealed)


def decrypt(token: bytes, purpose: str) -> str:
    """The value again; `Undecipherable` when the token or its purpose is not the right one."""
    ring = _configured()
    version, _, rest = token.partition(b".")
    algorithm, _, rest = rest.partition(b".")
    key_id, _, body = rest.partition(b".")
    head = f"{FORMAT}.{ALGORITHM}.{key_id.decode('ascii', 'replace')}."
    key = ring.keys.get(key_id.decode("ascii", "replace"))
    if key is None or (version, algorithm) != (FORMAT.encode(), ALGORITHM.encode()):
        raise Undecipherable(head)
    try:
        packed = base64.b64decode(body, altchars=b"-_", validate=True)
        cipher = AESGCM(_derive(key, f"encrypt:{purpose}"))
        opened = cipher.decrypt(packed[:NONCE_BYTES], packed[NONCE_BYTES:], _associated(head, purpose))
    except (InvalidTag, ValueError) as error:
        raise Undecipherable(head) from error
    return opened.decode()


def encrypt_file(data: bytes, purpose: str) -> bytes:
    """As `encrypt`, for the bytes of a file; what comes out is no text."""
    ring = _configured()
    head = f"{FORMAT}.{ALGORITHM}.{ring.current}."
    nonce = os.urandom(NONCE_BYTES)
    cipher = AESGCM(_derive(ring.keys[ring.current], f"encrypt:{purpose}"))
    return head.encode() + nonce + cipher.encrypt(nonce, data, _associated(head, purpose))


def decrypt_file(sealed: bytes, purpose: str) -> bytes:
    """The bytes again; `Undecipherable` as `decrypt`."""
    version, algorithm, key_id, body = (*sealed.split(b".", 3), b"", b"", b"")[:4]
    name = key_id.decode("ascii", "replace")
    head = f"{FORMAT}.{ALGORITHM}.{name}."
    key = _configured().keys.get(name)
    if key is None or (version, algorithm) != (FORMAT.encode(), ALGORITHM.encode()):
        raise Undecipherable(head)
    try:
        cipher = AESGCM(_derive(key, f"encrypt:{purpose}"))
        return cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], _associated(head, purpose))
    except (InvalidTag, ValueError) as error:
        raise Undecipherable(head) from error


def rotate(token: bytes, purpose: str) -> bytes:
    """The same value under the current key; a token that is already there comes back unchanged."""
    if token.startswith(f"{FORMAT}.{ALGORITHM}.{_configured().current}.".encode()):
        return token
    return encrypt(decrypt(token, purpose), purpose)


def blind_index(purpose: str, value: str) -> str:
    """A keyed hash to find an encrypted value by; white space and letter case do not matter."""
    return blind_indexes(purpose, value)[0]


def blind_indexes(purpose: str, value: str) -> tuple[str, ...]:
    """The hash under every key of the ring, newest first: look up with all while keys are rotated."""
    normal = "".join(unicodedata.normalize("NFKC", value).casefold().split())
    return tuple(
        hmac.digest(_derive(key, f"index:{purpose}"), normal.encode(), "sha256").hex()
        for key in _configured().keys.values()
    )


def sign(value: str, purpose: str) -> str:
    """A short signature (128 bits) for what leaves the house readable and must come back unchanged."""
    return _signature(_configured().keys[_configured().current], value, purpose)


def signed(value: str, signature: str, purpose: str) -> bool:
    """Whether this signature was made for this value and purpose, by any key of the ring."""
    given = signature.encode("utf-8", "replace")
    made = [_signature(key, value, purpose).encode() for key in _configured().keys.values()]
    return any(hmac.compare_digest(given, one) for one in made)


def hash_password(password: str) -> str:
    """An argon2id hash with its parameters and salt."""
    return _configured().hasher.hash(_normal_password(password))


def verify_password(hashed: str | None, password: str) -> bool:
    """Whether the password is the one; takes as long when there is no account to compare with."""
    ring = _configured()
    try:
        ring.hasher.verify(ring.nobody if hashed is None else hashed, _normal_password(password))
    except (Argon2Error, InvalidHashError):
        return False
    return hashed is not None


def needs_rehash(hashed: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _configured().hasher.check_needs_rehash(hashed)


def random_token() -> str:
    """256 random bits for links, sessions and API keys, safe in a URL."""
    return standard_secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What to store of a random token. It is long and random, so one plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _configured() -> _Ring:
    if _ring is None:
        msg = "secrets.configure() has not been called."
        raise RuntimeError(msg)
    return _ring


def _normal_password(password: str) -> bytes:
    # The same password typed on two keyboards must be the same bytes.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"gongzhi key id" + key).hexdigest()[:8]


def _signature(key: bytes, value: str, purpose: str) -> str:
    whole = hmac.digest(_derive(key, f"sign:{purpose}"), value.encode("utf-8", "replace"), "sha256")
    return base64.urlsafe_b64encode(whole[:SIGNATURE_BYTES]).decode().rstrip("=")


def _derive(key: bytes, info: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"gongzhi:{info}".encode()).derive(key)


def _associated(head: str, purpose: str) -> bytes:
    return f"{head}{purpose}".encode()
