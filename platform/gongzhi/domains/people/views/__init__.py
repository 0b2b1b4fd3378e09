"""Pages about accounts, organisations and rights, one file per meaning, on one blueprint."""

from .base import blueprint

from . import (  # isort: skip
    account,
    administration,
    desk,
    members,
    organisations,
    own_data,
    providers,
    registration,
    security,
    sign_in,
    verification,
)

__all__ = [
    "account",
    "administration",
    "blueprint",
    "desk",
    "members",
    "organisations",
    "own_data",
    "providers",
    "registration",
    "security",
    "sign_in",
    "verification",
]
