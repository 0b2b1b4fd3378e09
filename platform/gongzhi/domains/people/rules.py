"""What is valid among people: contacts, passwords, registration numbers, limits. No session, no clock."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import phonenumbers
import pyotp
from email_validator import EmailNotValidError, validate_email

from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.ids import ALPHABET
from gongzhi.kernel.masks import DELETED
from gongzhi.kernel.secrets import check_identity, mask_email, mask_phone
from gongzhi.kernel.text import Lazy, clean_line
from gongzhi.kernel.text import lazy as _l

from .models import MemberRole, OrganisationKind, Role

SESSION_LIFE = timedelta(days=30)
TOKEN_LIFE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=10)
CODE_LIFE = timedelta(minutes=15)
CODE_ATTEMPTS = 5
INVITATION_LIFE = timedelta(days=14)
KEEP_MESSAGES = timedelta(days=30)
HALF_WAY = timedelta(minutes=10)
"""Between the right password and the second step."""
CHALLENGE_LIFE = timedelta(minutes=5)
VISIT_LIFE = timedelta(minutes=15)
"""To a provider and back, and until the person has said which account is meant."""

NEEDS_SECOND_STEP = (Role.ADMIN, Role.MODERATOR, Role.AUDITOR)
"""These roles, and everybody who acts for the government, need a second step of sign-in."""
TOTP_SECONDS = 30
TOTP_DRIFT = 1
"""Steps a phone's clock may be away, either way (RFC 6238, 5.2)."""
RECOVERY_CODES = 10
RECOVERY_LENGTH = 10
PASSKEYS_MOST = 20

COPY_LIFE = timedelta(days=7)
ERASURE_WAIT = timedelta(days=15)
"""Time to think again. Within the 15 working days in which an account must be closed at the latest
(GB/T 35273-2020, 8.5; App违法违规收集使用个人信息行为认定方法, 六); deletion itself: PIPL Art 47."""
TOMBSTONE_LIFE = timedelta(days=3 * 365)
"""As long as anything voted on may reasonably still be open; then even the keyed hash goes (PIPL Art 19)."""
KEEP_LOOKS = timedelta(days=3 * 365)
"""Who read whose data: at least six months (Cybersecurity Law Art 21), three years as PIPL Art 56 keeps records."""
KEEP_NETWORKS = timedelta(days=30)

PASSWORD_LEAST = 10
PASSWORD_MOST = 200
NAME_MOST = 40

# GB 32100-2015: 18 characters without I, O, S, V, Z; the last one checks the others, weighed by powers of 3.
CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODE_LENGTH = 18

OFFICE_ROLES = (MemberRole.HANDLER, MemberRole.REVIEWER, MemberRole.LEADER)
"""What an official may be appointed to."""


@dataclass(frozen=True)
class Limit:
    """At most so many in so long a time."""

    name: str
    most: int
    window: timedelta


SIGN_IN_PER_LOGIN = Limit("signin-login", 10, timedelta(minutes=15))
SIGN_IN_PER_ADDRESS = Limit("signin-ip", 60, timedelta(minutes=15))
CODES_PER_CONTACT = Limit("code-contact", 5, timedelta(hours=1))
CODES_PER_ADDRESS = Limit("code-ip", 30, timedelta(hours=1))
GUESSES_PER_ADDRESS = Limit("guess-ip", 60, timedelta(minutes=15))
SECOND_PER_ACCOUNT = Limit("second-account", 10, timedelta(minutes=15))
VISITS_PER_ADDRESS = Limit("visit-ip", 60, timedelta(minutes=15))
CHALLENGES_PER_ADDRESS = Limit("challenge-ip", 120, timedelta(minutes=15))
COPIES_PER_ACCOUNT = Limit("copies", 5, timedelta(days=1))
INVITATIONS_PER_ORGANISATION = Limit("invite-org", 30, timedelta(days=1))


@dataclass(frozen=True)
class Contact:
    """An e-mail address or a mobile number in its one normal form."""

    kind: str
    """`email` or `phone`."""
    value: str

    @property
    def channel(self) -> str:
        """How to reach it."""
        return "mail" if self.kind == "email" else "sms"

    @property
    def masked(self) -> str:
        """As others may see it."""
        return mask_email(self.value) if self.kind == "email" else mask_phone(self.value)


def parse_contact(text: str, field: str = "contact") -> Contact:
    """The contact that was typed. Raises `Invalid` beside `field`.

    Numbers without a country code are Chinese ones; only mobile numbers receive codes.
    """
    typed = text.strip()
    if not typed:
        raise Invalid.of(field, _l("Enter an e-mail address or a mobile number."))
    if "@" in typed:
        try:
            found = validate_email(typed[:320], check_deliverability=False)
        except EmailNotValidError:
            raise Invalid.of(field, _l("This is not an e-mail address. Example: name@mail.cn")) from None
        return Contact("email", found.normalized.lower())
    try:
        number = phonenumbers.parse(typed[:40], "CN")
    except phonenumbers.NumberParseException:
        number = None
    mobile = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if number is None or not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in mobile:
        raise Invalid.of(field, _l("This is not a mobile number. Example: 138 0013 8000"))
    return Contact("phone", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def check_name(name: str) -> str | None:
    """The shown name in its clean form; None when it is empty, too long, or what erased accounts are called."""
    shown = clean_line(name)
    return shown if 1 <= len(shown) <= NAME_MOST and shown != DELETED else None


def check_password_choice(password: str, *, contact: str, name: str, field: str = "password") -> None:
    """Raises `Invalid` for a password that is too short, too long or easily guessed."""
    if len(password) < PASSWORD_LEAST:
        raise Invalid.of(field, _l("Use at least %(num)s characters.", num=PASSWORD_LEAST))
    if len(password) > PASSWORD_MOST:
        raise Invalid.of(field, _l("Use at most %(num)s characters.", num=PASSWORD_MOST))
    plain = password.casefold()
    if len(set(plain)) < 4 or plain in (contact.casefold(), name.casefold()) or plain in "01234567890123456789":
        raise Invalid.of(field, _l("This password is too easy to guess."))


def check_credit_code(number: str) -> bool:
    """Whether this is a unified social credit code with the right check character."""
    code = number.strip().upper()
    if len(code) != CREDIT_CODE_LENGTH or any(character not in CREDIT_CODE_ALPHABET for character in code):
        return False
    return credit_code_check(code[:-1]) == code[-1]


def credit_code_check(first: str) -> str:
    """The check character of the first seventeen."""
    weighed = sum(
        pow(3, position, 31) * CREDIT_CODE_ALPHABET.index(character) for position, character in enumerate(first)
    )
    return CREDIT_CODE_ALPHABET[(31 - weighed % 31) % 31]


def check_registration_number(number: str) -> str:
    """The number in its normal form. Raises `Invalid` beside `registration_number`."""
    normal = "".join(number.split()).upper()
    if not check_credit_code(normal):
        raise Invalid.of(
            "registration_number",
            _l("This is not a unified social credit code: 18 characters, of which the last checks the others."),
        )
    return normal


def check_identity_number(number: str) -> str:
    """The identity number in its normal form (GB 11643). Raises `Invalid` beside `identity`."""
    normal = "".join(number.split()).upper()
    if not check_identity(normal):
        raise Invalid.of("identity", _l("This is not a valid identity number. Please check each digit."))
    return normal


def roles_within(kind: str) -> tuple[MemberRole, ...]:
    """What a member of an organisation of this kind can be."""
    if kind == OrganisationKind.GOVERNMENT:
        return OFFICE_ROLES
    return (MemberRole.OWNER, MemberRole.REPRESENTATIVE)


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def new_recovery_code() -> str:
    """Fifty random bits in letters and digits that cannot be mistaken for one another, in two groups."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def normal_recovery_code(typed: str) -> str | None:
    """The code as it is hashed, however it was typed; None for what cannot be one."""
    bare = "".join(typed.casefold().replace("-", "").split()).translate(str.maketrans("oil", "011"))
    return bare if len(bare) == RECOVERY_LENGTH and all(letter in ALPHABET for letter in bare) else None


def totp_step(secret: str, typed: str, at: datetime, *, after: int) -> int | None:
    """The time step this code is right for, later than the last one used; None when there is none."""
    digits = "".join(typed.split())
    if len(digits) != pyotp.TOTP(secret).digits or not digits.isascii() or not digits.isdigit():
        return None
    now = int(at.timestamp()) // TOTP_SECONDS
    for step in range(now - TOTP_DRIFT, now + TOTP_DRIFT + 1):
        if step > after and secrets.compare_digest(pyotp.HOTP(secret).at(step), digits):
            return step
    return None


def local_path(target: str | None) -> str | None:
    """The target if it is a path of this site; None for anything that leads elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if any(ord(character) < 32 or character == "\\" for character in target) or len(target) > 2000:
        return None
    return target


class Ground(StrEnum):
    """What the community's rules forbid: why something is reported, hidden, covered or answered by a warning."""

    UNLAWFUL = "unlawful"
    INSULT = "insult"
    PRIVACY = "privacy"
    FALSE = "false"
    ADVERTISING = "advertising"
    FLOODING = "flooding"
    HATRED = "hatred"
    MINORS = "minors"
    OTHER = "other"


GROUND_LABELS: dict[str, Lazy] = {
    Ground.UNLAWFUL: _l("Unlawful content"),
    Ground.INSULT: _l("Personal attack or insult"),
    Ground.PRIVACY: _l("Leaks personal information"),
    Ground.FALSE: _l("False or misleading"),
    Ground.ADVERTISING: _l("Advertising or spam"),
    Ground.FLOODING: _l("Repeated or flooding"),
    Ground.HATRED: _l("Hatred or discrimination"),
    Ground.MINORS: _l("Harms minors"),
    Ground.OTHER: _l("Another reason"),
}


class Mark(StrEnum):
    """What moderation has done to something people wrote."""

    HELD = "held"
    REDACTED = "redacted"
    HIDDEN = "hidden"


def mark_sentence(mark: str | None, ground: str | None) -> Lazy | None:
    """The neutral line shown with, or in place of, the words; None where nothing was done."""
    label = GROUND_LABELS.get(ground or "", GROUND_LABELS[Ground.OTHER])
    if mark == Mark.HIDDEN:
        return _l("Hidden because of “%(ground)s”.", ground=label)
    if mark == Mark.REDACTED:
        return _l("A part is covered because of “%(ground)s”.", ground=label)
    if mark == Mark.HELD:
        return _l("Waiting to be checked: several readers reported it.")
    return None


SETTLED_AFTER = timedelta(days=7)
"""An account older than this is no new one any more; verified accounts have the wide limits at once."""


def allowance(what: str, *, verified: bool, age: timedelta) -> Limit:
    """How much of `what` an account may write in a day.

    New unverified accounts get little: a day's worth of a sincere newcomer, and too little for spam. The
    numbers are the platform's own; a district may change them here.
    """
    new, settled, sure = _ALLOWANCES[what]
    most = sure if verified else settled if age >= SETTLED_AFTER else new
    return Limit(f"day-{what}", most, timedelta(days=1))


# Each for accounts new and unverified, unverified, verified.
_ALLOWANCES = {
    "issue": (3, 10, 60),
    "comment": (15, 60, 400),
    "initiative": (1, 3, 20),
    "update": (5, 20, 100),
    "link": (3, 20, 200),
    "report": (5, 20, 100),
}
