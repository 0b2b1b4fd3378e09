"""Web push: encrypted for the device (RFC 8291), signed as this installation (VAPID, RFC 8292), to public addresses.

The key pair is made once and its private half is kept encrypted. A subscription that is gone (404, 410) is
forgotten by the caller.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel import clock, outward, secrets
from gongzhi.reactions.notices import channels
from gongzhi.reactions.notices.models import PushKey
from gongzhi.reactions.notices.planning import add_new

SEAL = "notices.push"
KEY_SEAL = "notices.push-key"
KEEP_SECONDS = 24 * 3600
"""How long a push service may hold a message for a device that is away."""
SIGNED_FOR = 12 * 3600
POINT_BYTES = 65
AUTH_BYTES = 16
LONGEST_PAYLOAD = 2000


@dataclass(frozen=True)
class Device:
    """Where to push to, opened."""

    id: str
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class SigningKey:
    """The pair, opened: `public` as browsers take it."""

    public: str
    vapid: Any


class Outcome(StrEnum):
    """What became of a push to one device."""

    TAKEN = "taken"
    GONE = "gone"
    LATER = "later"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


def seal(endpoint: str, p256dh: str, auth: str) -> bytes:
    """As it is kept."""
    return secrets.encrypt(json.dumps([endpoint, p256dh, auth]), SEAL)


def unseal(subscription_id: str, sealed: bytes) -> Device:
    """As it was given."""
    return Device(subscription_id, *json.loads(secrets.decrypt(sealed, SEAL)))


def proper_keys(p256dh: str, auth: str) -> bool:
    """Whether these are a point of the curve and a secret of the right length."""
    try:
        point, secret = _bytes(p256dh), _bytes(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (ValueError, TypeError):
        return False
    return len(point) == POINT_BYTES and len(secret) == AUTH_BYTES


def public_key(session: Session) -> str | None:
    """The public half, once there is a pair."""
    return session.scalar(select(PushKey.public))


def signing_key(session: Session) -> SigningKey:
    """The key pair of this installation, made when first asked for; inside a write, or once it exists."""
    kept = session.get(PushKey, 1)
    if kept is None:
        pair = ec.generate_private_key(ec.SECP256R1())
        raw = pair.private_numbers().private_value.to_bytes(32, "big")
        point = pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        row = {
            "id": 1,
            "public": _text(point),
            "private": secrets.encrypt(_text(raw), KEY_SEAL),
            "created_at": clock.now(),
        }
        add_new(session, PushKey, [row], ("id",))
        kept = session.scalars(select(PushKey)).one()
    return SigningKey(kept.public, Vapid02.from_raw(secrets.decrypt(kept.private, KEY_SEAL).encode()))


def encrypted(device: Device, payload: dict[str, str]) -> bytes:
    """The payload as only the device can read it (aes128gcm)."""
    text = json.dumps(payload, ensure_ascii=False).encode()[:LONGEST_PAYLOAD]
    return bytes(
        http_ece.encrypt(
            text,
            salt=os.urandom(16),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=_bytes(device.p256dh),
            auth_secret=_bytes(device.auth),
            version="aes128gcm",
        )
    )


def push(key: SigningKey, device: Device, payload: dict[str, str], *, urgent: bool) -> Outcome:
    """Hand a payload to the device's push service."""
    parts = urlsplit(device.endpoint)
    contact = channels.site().public_url
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(clock.now().timestamp()) + SIGNED_FOR,
        "sub": contact if contact.startswith("https:") else f"mailto:noreply@{urlsplit(contact).hostname}",
    }
    headers = {
        **key.vapid.sign(claims),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEEP_SECONDS),
        "Urgency": "high" if urgent else "low",
    }
    try:
        answer = outward.post(device.endpoint, encrypted(device, payload), headers)
    except outward.Forbidden:
        return Outcome.GONE
    except outward.Unreached:
        return Outcome.LATER
    except outward.Unanswered:
        return Outcome.UNCERTAIN
    return _verdict(answer.status)


def _verdict(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome.TAKEN
    if status in (404, 410):
        return Outcome.GONE
    if status in (429, 503):
        return Outcome.LATER
    return Outcome.UNCERTAIN if status >= 500 else Outcome.REFUSED


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
