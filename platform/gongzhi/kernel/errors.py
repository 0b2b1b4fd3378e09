"""The family of errors a room may raise; ``web.errors`` turns each into a page or a problem once.

Every error knows its HTTP status, a short title and a slug that names its problem type.
Its message may be a lazy sentence, which is translated when it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Self

from gongzhi.kernel.clock import LOCAL
from gongzhi.kernel.text.messages import Lazy, Message
from gongzhi.kernel.text.messages import lazy as _l


class DomainError(Exception):
    """Something a person asked for that cannot be done, with the sentence to tell them."""

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[Lazy] = _l("Bad request")
    default: ClassVar[Lazy] = _l("This request could not be understood.")

    def __init__(self, message: Message | None = None, field: str | None = None) -> None:
        self.message: Message = self.default if message is None else message
        self.field = field
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)

    @property
    def errors(self) -> dict[str, list[Message]]:
        """The messages by field, for the form or the problem document; empty without a field."""
        return {} if self.field is None else {self.field: [self.message]}


class NeedsSignIn(DomainError):
    """Nobody is signed in, and somebody must be."""

    status = 401
    slug = "sign-in-needed"
    title = _l("Sign in needed")
    default = _l("Please sign in first.")


class NeedsProof(DomainError):
    """Signed in, but too long ago for an act as decisive as this one: prove again that it is you."""

    status = 401
    slug = "reauthenticate"
    title = _l("Prove that it is you")
    default = _l("This is a decisive act. Please prove once more that it is you.")

    def __init__(self, wrong: DomainError | None = None) -> None:
        super().__init__(None if wrong is None else wrong.message)
        self.wrong = wrong
        """What was not right about the proof that was given."""

    @property
    def errors(self) -> dict[str, list[Message]]:
        """The messages beside the fields of the proof."""
        return {} if self.wrong is None else self.wrong.errors


class NotPermitted(DomainError):
    """The actor may see this but not do that."""

    status = 403
    slug = "not-permitted"
    title = _l("Not permitted")
    default = _l("You do not have permission to do this.")


class Suspended(NotPermitted):
    """The account is suspended for a time: it reads, appeals and sees its own data, and writes nothing."""

    slug = "suspended"
    title = _l("Account suspended")

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(
            _l(
                "Your account is suspended until %(until)s. You can read, see your own data and appeal.",
                until=until.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M"),
            )
        )


class NotFound(DomainError):
    """There is no such thing, or the actor may not know that there is."""

    status = 404
    slug = "not-found"
    title = _l("Not found")
    default = _l("This page does not exist, or you cannot see it.")


class Conflict(DomainError):
    """The thing is in a state that does not allow this."""

    status = 409
    slug = "conflict"
    title = _l("Conflict")
    default = _l("This cannot be done in the present state.")


class AlreadyClosed(Conflict):
    """Too late: the thing has been closed."""

    slug = "already-closed"
    title = _l("Already closed")
    default = _l("This has already been closed.")


class Stale(Conflict):
    """Somebody else has changed the thing since it was read; ``current`` is how it is now."""

    slug = "stale"
    title = _l("Changed in the meantime")
    default = _l("Somebody else has changed this in the meantime. Please check and save again.")

    def __init__(self, message: Message | None = None, current: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.current: dict[str, object] = dict(current or {})


class Invalid(DomainError):
    """What was entered is not valid; each message belongs beside its field."""

    status = 422
    slug = "invalid"
    title = _l("Please check your entries")
    default = _l("Please check the marked fields.")

    def __init__(self, errors: Mapping[str, Sequence[Message]], message: Message | None = None) -> None:
        super().__init__(message)
        self._errors: dict[str, list[Message]] = {
            field: list(messages) for field, messages in errors.items() if messages
        }

    @classmethod
    def of(cls, field: str, message: Message) -> Self:
        """The common case: one field, one message."""
        return cls({field: [message]})

    @property
    def errors(self) -> dict[str, list[Message]]:
        """The messages by field."""
        return self._errors

    def __str__(self) -> str:
        sentences = "; ".join(f"{field}: {message}" for field, messages in self._errors.items() for message in messages)
        return sentences or str(self.message)


class TooMany(DomainError):
    """Too often in too short a time; ``retry_after`` is in seconds."""

    status = 429
    slug = "too-many"
    title = _l("Too many requests")
    default = _l("That was too often in a short time. Please wait a little.")

    def __init__(self, retry_after: int, message: Message | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
