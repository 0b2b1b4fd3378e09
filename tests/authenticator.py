"""An authenticator in software: makes passkeys and answers challenges as a phone would (WebAuthn, level 2)."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def coded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """One key pair for one site. `count` is what it says of its uses; `verifies` whether it asks for a finger."""

    def __init__(self, origin: str, rp_id: str, *, verifies: bool = True) -> None:
        self.origin, self.rp_id, self.verifies = origin, rp_id, verifies
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.user = b""
        self.count = 0

    def make(self, options: dict) -> str:
        """A new passkey, as the browser sends it."""
        self.user = decoded(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(public)
        attested = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + credential}
        return self._sent(
            clientDataJSON=coded(self._client("webauthn.create", options["challenge"])),
            attestationObject=coded(cbor2.dumps(attested)),
            transports=["internal"],
        )

    def answer(self, options: dict, **more) -> str:
        """The answer to a challenge; the counter grows unless told otherwise."""
        self.count = more.get("count", self.count + 1)
        client, data = self._client("webauthn.get", options["challenge"]), self._data(0)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._sent(
            clientDataJSON=coded(client),
            authenticatorData=coded(data),
            signature=coded(signature),
            userHandle=coded(more.get("user", self.user)),
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _sent(self, **response) -> str:
        return json.dumps({"id": coded(self.id), "rawId": coded(self.id), "type": "public-key", "response": response})
