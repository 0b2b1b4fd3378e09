"""What this room announces."""

from __future__ import annotations

from dataclasses import dataclass

from gongzhi.kernel.events import Event, event


@dataclass(frozen=True, kw_only=True)
class _AboutComment(Event):
    comment_id: str
    subject_kind: str
    subject_id: str

    def topics(self) -> tuple[str, ...]:
        """The topic of the thing commented on."""
        return (f"{self.subject_kind}:{self.subject_id}",)


@event("comment.posted")
@dataclass(frozen=True, kw_only=True)
class CommentPosted(_AboutComment):
    """A comment or reply stands; `mentioned` are accounts named in it."""

    parent_id: str | None = None
    official: bool = False
    mentioned: tuple[str, ...] = ()


@event("comment.edited")
@dataclass(frozen=True, kw_only=True)
class CommentEdited(_AboutComment):
    """Its words changed; the old ones stay readable. `mentioned` are accounts named only now."""

    mentioned: tuple[str, ...] = ()


@event("comment.removed")
@dataclass(frozen=True, kw_only=True)
class CommentRemoved(_AboutComment):
    """Its author took it back."""


@event("comment.moderated")
@dataclass(frozen=True, kw_only=True)
class CommentModerated(_AboutComment):
    """Moderation held, covered, hid or gave back its words; `mark` is how it stands now."""

    mark: str | None = None


@event("comment.reacted")
@dataclass(frozen=True, kw_only=True)
class CommentReacted(_AboutComment):
    """Its reactions changed."""

    agree: int = 0
    disagree: int = 0
