"""The sealed envelope of a vote, and the receipt: who can open what is written in docs/decisions/0010.

An envelope is sealed to the ballot's public key (X25519, HKDF-SHA-256, AES-256-GCM) and names its algorithm in
front. It is bound to the ballot and the voter, and padded, so that its length says nothing of what is inside.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .canonical import canonical
from .choices import Choice

ALGORITHM = "v1.x25519-hkdf-sha256-a256gcm"
KEY_BYTES = 32
NONCE_BYTES = 12
BLOCK = 1024
"""Longer than any choice of twenty options; with reasons, whole blocks of the longest reason are added."""
LONGEST_REASON = 500
SHORTEST_NONCE, LONGEST_NONCE = 22, 100
"""128 random bits are 22 characters of base 64."""


class CannotOpen(Exception):
    """The envelope was changed, or belongs to another ballot or voter."""


@dataclass(frozen=True)
class Vote:
    """What is inside an envelope."""

    choice: Choice
    salt: str
    reason: str = ""


def new_key() -> tuple[bytes, bytes]:
    """A private key and its public one, 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def seal(public_key: bytes, ballot_id: str, voter_key: str, vote: Vote, *, with_reasons: bool) -> bytes:
    """The envelope; all of a ballot have the same length."""
    size = BLOCK + (4 * LONGEST_REASON if with_reasons else 0)
    plain = json.dumps(asdict(vote), ensure_ascii=False).encode()
    if len(plain) > size:
        raise ValueError("this vote does not fit into its envelope")
    once = X25519PrivateKey.generate()
    key = _key(once.exchange(X25519PublicKey.from_public_bytes(public_key)), once.public_key().public_bytes_raw())
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain.ljust(size), _bound(ballot_id, voter_key))
    body = base64.urlsafe_b64encode(once.public_key().public_bytes_raw() + nonce + sealed)
    return ALGORITHM.encode() + b"." + body


def unseal(private_key: bytes, ballot_id: str, voter_key: str, envelope: bytes) -> Vote:
    """What is inside. Raises `CannotOpen`."""
    algorithm, _, body = envelope.rpartition(b".")
    if algorithm != ALGORITHM.encode():
        raise CannotOpen
    try:
        packed = base64.b64decode(body, altchars=b"-_", validate=True)
        theirs, nonce, sealed = (
            packed[:KEY_BYTES],
            packed[KEY_BYTES : KEY_BYTES + NONCE_BYTES],
            packed[KEY_BYTES + NONCE_BYTES :],
        )
        shared = X25519PrivateKey.from_private_bytes(private_key).exchange(X25519PublicKey.from_public_bytes(theirs))
        plain = AESGCM(_key(shared, theirs)).decrypt(nonce, sealed, _bound(ballot_id, voter_key))
    except (InvalidTag, ValueError) as error:
        raise CannotOpen from error
    return Vote(**json.loads(plain))


def salt_of(ballot_id: str, voter_key: str, nonce: str) -> str:
    """The salt of a receipt: the voter's own nonce makes it, so that two voters never have the same."""
    return _hash("salt", ballot_id, voter_key, nonce)


def commitment_of(ballot_id: str, choice: Choice, salt: str) -> str:
    """The receipt: published with choice and salt after the close, and saying nothing before."""
    return _hash("commitment", ballot_id, canonical(choice), salt)


def nonce_for(nonce_key: bytes, voter_key: str, choice: Choice, key: str = "") -> str:
    """A nonce for whoever brought none: the same request gets the same receipt again."""
    return (
        HKDF(SHA256(), length=32, salt=None, info=f"{voter_key}\n{key}\n{canonical(choice)}".encode())
        .derive(nonce_key)
        .hex()
    )


def _hash(what: str, *parts: str) -> str:
    text = "\n".join((f"gongzhi-ballot-{what}-v1", *parts))
    return hashlib.sha256(text.encode()).hexdigest()


def _key(shared: bytes, public: bytes) -> bytes:
    return HKDF(SHA256(), length=KEY_BYTES, salt=public, info=f"gongzhi-ballot:{ALGORITHM}".encode()).derive(shared)


def _bound(ballot_id: str, voter_key: str) -> bytes:
    return f"{ALGORITHM}\n{ballot_id}\n{voter_key}".encode()
