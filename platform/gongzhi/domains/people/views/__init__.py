"""Pages about accounts, organisations and rights, one file per meaning, on one blueprint."""

from .base import blueprint

from . import account, administration, desk, members, organisations, registration, sign_in, verification  # isort: skip

__all__ = [
    "account",
    "administration",
    "blueprint",
    "desk",
    "members",
    "organisations",
    "registration",
    "sign_in",
    "verification",
]
