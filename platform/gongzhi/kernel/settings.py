"""Settings from the environment or `.env`; a wrong value stops the start with its name and the expected form."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

MIN_SECRET = 32
LONGEST_NUMBER = 9
LONGEST_GRACE = 30
LONGEST_LABEL = 40
OIDC = "GONGZHI_OIDC_"
_OIDC_SETTING = re.compile(r"GONGZHI_OIDC_([A-Z][A-Z0-9]{0,19})_(ISSUER|CLIENT_ID|CLIENT_SECRET|LABEL)")
LOCALES = ("zh_Hans_CN", "en")


class WrongSetting(Exception):
    """A setting cannot be used; the message names it and the form that is expected."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name}: expected {expected}")


@dataclass(frozen=True)
class Provider:
    """Somebody else who may say who a person is (OpenID Connect); `label` stands on the button."""

    name: str
    issuer: str
    client_id: str
    client_secret: str
    label: str


@dataclass(frozen=True)
class Settings:
    """What the operator decided. `secret_key` signs cookies and derives the keys of encryption at rest."""

    database_url: str
    redis_url: str | None
    data_dir: Path
    host: str
    port: int
    secret_key: str
    public_url: str
    locale: str
    mail_url: str | None
    sms_url: str | None
    storage_url: str | None
    demo: bool
    embedded: bool
    testing: bool
    web_processes: int
    metrics_token: str | None
    trusted_proxies: int
    grace_days: int = 7
    """How many days somebody newly appointed may go without a second step of sign-in."""
    providers: tuple[Provider, ...] = ()

    @property
    def namespace(self) -> str:
        """The installation's own name among others on the same Redis."""
        return f"gongzhi-{hashlib.sha256(self.database_url.encode()).hexdigest()[:10]}"


def load(overrides: dict[str, str] | None = None) -> Settings:
    """Read the settings; raises `WrongSetting`."""
    values = {**_dotenv(), **os.environ, **(overrides or {})}

    def get(name: str, default: str = "") -> str:
        return (values.get(f"GONGZHI_{name}") or default).strip()

    data_dir = Path(get("DATA_DIR", "var")).resolve()
    database_url = get("DATABASE_URL") or f"sqlite:///{data_dir / 'gongzhi.sqlite3'}"
    backend = _backend(database_url)
    redis_url = get("REDIS_URL") or None
    if redis_url and _split(redis_url).scheme not in ("redis", "rediss", "unix"):
        raise WrongSetting("GONGZHI_REDIS_URL", "redis://host:port/number")
    embedded = backend == "sqlite" and redis_url is None
    processes = _whole(get("WEB_PROCESSES", "1"), "GONGZHI_WEB_PROCESSES", 1, 64)
    if processes > 1 and not redis_url:
        raise WrongSetting("GONGZHI_REDIS_URL", "redis://… when GONGZHI_WEB_PROCESSES is over 1")
    port = _whole(get("PORT", "8000"), "GONGZHI_PORT", 1, 65535)
    host = get("HOST", "127.0.0.1")
    public_url = get("PUBLIC_URL", f"http://{host}:{port}").rstrip("/")
    if _split(public_url).scheme not in ("http", "https") or not _split(public_url).hostname:
        raise WrongSetting("GONGZHI_PUBLIC_URL", "https://name")
    locale = get("LOCALE", "zh_Hans_CN")
    if locale not in LOCALES:
        raise WrongSetting("GONGZHI_LOCALE", " or ".join(LOCALES))
    mail_url = get("MAIL_URL") or None
    if mail_url and _split(mail_url).scheme not in ("smtp", "smtps", "smtp+starttls"):
        raise WrongSetting("GONGZHI_MAIL_URL", "smtp://user:password@host:port")
    sms_url = get("SMS_URL") or None
    if sms_url and (_split(sms_url).scheme not in ("http", "https") or not _split(sms_url).hostname):
        raise WrongSetting("GONGZHI_SMS_URL", "https://:token@host/path")
    storage_url = get("STORAGE_URL") or None
    if storage_url and _split(storage_url).scheme not in ("s3", "file"):
        raise WrongSetting("GONGZHI_STORAGE_URL", "s3://bucket/prefix or file:///folder")
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        data_dir=data_dir,
        host=host,
        port=port,
        secret_key=_secret(get("SECRET_KEY"), data_dir, may_make=backend == "sqlite"),
        public_url=public_url,
        locale=locale,
        mail_url=mail_url,
        sms_url=sms_url,
        storage_url=storage_url,
        demo=_flag(get("DEMO", "0"), "GONGZHI_DEMO"),
        embedded=embedded,
        testing=_flag(get("TESTING", "0"), "GONGZHI_TESTING"),
        web_processes=processes,
        metrics_token=get("METRICS_TOKEN") or None,
        trusted_proxies=_whole(get("TRUSTED_PROXIES", "0"), "GONGZHI_TRUSTED_PROXIES", 0, 5),
        grace_days=_whole(get("SECOND_STEP_GRACE_DAYS", "7"), "GONGZHI_SECOND_STEP_GRACE_DAYS", 0, LONGEST_GRACE),
        providers=_providers(values),
    )


def _providers(values: dict[str, str]) -> tuple[Provider, ...]:
    """The providers of `GONGZHI_OIDC_<NAME>_ISSUER` and its companions, by name."""
    parts: dict[str, dict[str, str]] = {}
    for key, value in values.items():
        if not key.startswith(OIDC):
            continue
        found = _OIDC_SETTING.fullmatch(key)
        if found is None:
            raise WrongSetting(key, "GONGZHI_OIDC_<NAME>_ISSUER, _CLIENT_ID, _CLIENT_SECRET or _LABEL")
        if value.strip():
            parts.setdefault(found[1], {})[found[2]] = value.strip()
    return tuple(_provider(name, parts[name]) for name in sorted(parts))


def _provider(name: str, part: dict[str, str]) -> Provider:
    for piece, expected in (
        ("ISSUER", "https://name, exactly as the provider writes it"),
        ("CLIENT_ID", "the id the provider gave"),
        ("CLIENT_SECRET", "the secret the provider gave"),
    ):
        if piece not in part:
            raise WrongSetting(f"{OIDC}{name}_{piece}", expected)
    issuer = _split(part["ISSUER"])
    near = issuer.hostname in ("127.0.0.1", "localhost", "::1")
    if not issuer.hostname or issuer.query or issuer.fragment or issuer.scheme not in ("https", *(["http"] * near)):
        raise WrongSetting(f"{OIDC}{name}_ISSUER", "https://name, exactly as the provider writes it")
    label = part.get("LABEL", name.capitalize())
    if len(label) > LONGEST_LABEL:
        raise WrongSetting(f"{OIDC}{name}_LABEL", f"at most {LONGEST_LABEL} characters")
    return Provider(name.lower(), part["ISSUER"], part["CLIENT_ID"], part["CLIENT_SECRET"], label)


def _dotenv() -> dict[str, str]:
    return {key: value for key, value in dotenv_values(".env").items() if value is not None}


def _backend(url: str) -> str:
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError:
        backend = ""
    if backend not in ("sqlite", "postgresql"):
        raise WrongSetting("GONGZHI_DATABASE_URL", "sqlite:///file or postgresql://user@host/name")
    return backend


def _split(url: str) -> SplitResult:
    """The parts of an address; of something that is none, nothing."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _whole(text: str, name: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER or not least <= int(text) <= most:
        raise WrongSetting(name, f"a whole number from {least} to {most}")
    return int(text)


def _flag(text: str, name: str) -> bool:
    if text not in ("0", "1"):
        raise WrongSetting(name, "0 or 1")
    return text == "1"


def _secret(given: str, data_dir: Path, *, may_make: bool) -> str:
    """The secret given; or, embedded, one made once and kept in the data folder, readable by its owner only."""
    if given:
        if len(given) < MIN_SECRET:
            raise WrongSetting("GONGZHI_SECRET_KEY", f"at least {MIN_SECRET} characters")
        return given
    if not may_make:
        raise WrongSetting("GONGZHI_SECRET_KEY", f"at least {MIN_SECRET} random characters (PostgreSQL)")
    kept = data_dir / "secret_key"
    if not kept.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        partial = data_dir / f".secret_key.{os.getpid()}"
        partial.write_text(secrets.token_urlsafe(48))
        partial.chmod(0o600)
        try:
            os.link(partial, kept)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return kept.read_text().strip()
