"""Talks to providers (OpenID Connect, code flow with PKCE): what they publish, where to go, what came back.

Nothing here touches the database: the network must never be waited for inside a transaction.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import requests
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gongzhi.kernel import clock
from gongzhi.kernel.errors import DomainError
from gongzhi.kernel.settings import Provider
from gongzhi.kernel.text import lazy as _l

from .actions import Departure, Vouched

log = structlog.get_logger(__name__)

TIMEOUT = 10
LARGEST = 1_000_000
KNOWN_FOR = 3600
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key of the provider alone: never `none`, never a secret both sides know."""
LEEWAY = 60
ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderFailed(DomainError):
    """The provider cannot be reached, or what it said cannot be trusted."""

    status = 502
    slug = "provider-failed"
    title = _l("The other sign-in did not work")
    default = _l(
        "The other sign-in did not work. Nothing was changed. Please try again, or sign in with your password."
    )


@dataclass(frozen=True)
class _Published:
    """What a provider says of itself."""

    authorize: str
    token: str
    keys: str
    names_itself: bool
    """Whether it names itself in its answers, so that no other one can speak in its place (RFC 9207)."""
    until: float


_known: dict[str, _Published] = {}


def way_to(provider: Provider, departure: Departure, back: str) -> str:
    """The address to send the person to. Raises `ProviderFailed`."""
    published = _published(provider)
    client = _client(provider, back)
    address: str
    address, _state = client.create_authorization_url(
        published.authorize,
        state=departure.state,
        nonce=departure.nonce,
        code_verifier=departure.verifier,
    )
    return address


def check_answer(provider: Provider, said: dict[str, str]) -> str:
    """The code in what came back. Raises `ProviderFailed` for an error, or an answer that another provider gave."""
    published = _published(provider)
    named = said.get("iss")
    if (named is None and published.names_itself) or (named is not None and named != provider.issuer):
        raise _failed(provider, "another issuer answered")
    if said.get("error") or not said.get("code"):
        raise _failed(provider, "no code")
    return said["code"]


def redeem(provider: Provider, code: str, *, nonce: str, verifier: str, back: str) -> Vouched:
    """Who the provider says this is, from an ID token checked in every part. Raises `ProviderFailed`."""
    published = _published(provider)
    client = _client(provider, back)
    try:
        given = client.fetch_token(published.token, code=code, code_verifier=verifier, timeout=TIMEOUT)
        token = str(given["id_token"])
        read = jwt.decode(token, KeySet.import_key_set(_fetch(provider, published.keys)), algorithms=[*ALGORITHMS])
        claims: Any = CodeIDToken(
            read.claims,
            read.header,
            {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "exp": {"essential": True},
            },
            {"nonce": nonce, "client_id": provider.client_id, "access_token": given.get("access_token")},
        )
        claims.validate(now=int(clock.now().timestamp()), leeway=LEEWAY)
    except (AuthlibBaseError, JoseError, requests.RequestException, KeyError, ValueError, TypeError) as problem:
        raise _failed(provider, type(problem).__name__) from problem
    subject = claims["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise _failed(provider, "no subject")
    confirmed = claims.get("email_verified") is True
    email = claims.get("email") if confirmed else None
    name = claims.get("name")
    return Vouched(
        issuer=provider.issuer,
        subject=subject,
        email=email if isinstance(email, str) else "",
        name=name if isinstance(name, str) else "",
    )


def _client(provider: Provider, back: str) -> Any:
    return OAuth2Session(
        provider.client_id,
        provider.client_secret,
        scope="openid email profile",
        redirect_uri=back,
        code_challenge_method="S256",
    )


def _published(provider: Provider) -> _Published:
    known = _known.get(provider.issuer)
    if known is not None and known.until > time.monotonic():
        return known
    said = _fetch(provider, provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
    # Exactly, to the last slash: a provider that calls itself otherwise is another one (OIDC Discovery, 4.3).
    if said.get("issuer") != provider.issuer:
        raise _failed(provider, "calls itself otherwise")
    authorize, token, keys = (str(said.get(name)) for name in ADDRESSES)
    if not all(_safe(provider, address) for address in (authorize, token, keys)):
        raise _failed(provider, "unsafe addresses")
    made = _known[provider.issuer] = _Published(
        authorize,
        token,
        keys,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        until=time.monotonic() + KNOWN_FOR,
    )
    return made


def _safe(provider: Provider, address: str) -> bool:
    """Encrypted, unless the provider is on this very machine."""
    return address.startswith("https://") or (provider.issuer.startswith("http://") and address.startswith("http://"))


def _fetch(provider: Provider, address: str) -> Any:
    try:
        answer = requests.get(address, timeout=TIMEOUT, allow_redirects=False, headers={"Accept": "application/json"})
        answer.raise_for_status()
        if len(answer.content) > LARGEST:
            raise _failed(provider, "too much")
        said = answer.json()
    except (requests.RequestException, ValueError) as problem:
        raise _failed(provider, type(problem).__name__) from problem
    if not isinstance(said, dict):
        raise _failed(provider, "no object")
    return said


def _failed(provider: Provider, why: str) -> ProviderFailed:
    log.warning("provider_failed", provider=provider.name, why=why)
    return ProviderFailed()


def forget_known() -> None:
    """Ask the providers anew what they publish."""
    _known.clear()
