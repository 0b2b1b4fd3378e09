"""Who may comment and react."""

from __future__ import annotations

from typing import Any

from gongzhi.kernel.policy import Actor, Predicate, level, permission, role


def _wrote_it(actor: Actor, comment: Any) -> bool:
    return (
        comment is not None
        and comment.account_id == actor.account_id
        and comment.organisation_id == actor.organisation_id
    )


author = Predicate("wrote it", _wrote_it)

COMMENT = permission("comments:comment:post", holders=level(1), about="Comment, reply, take a stance")
EDIT_COMMENT = permission(
    "comments:comment:edit", holders=level(1) & author, about="Edit one's own comment in the edit window"
)
REMOVE_COMMENT = permission("comments:comment:remove", holders=level(1) & author, about="Take back one's own comment")
REACT = permission("comments:comment:react", holders=level(1), about="Agree or disagree with a comment")
MODERATE_COMMENT = permission(
    "comments:comment:moderate",
    holders=(role("moderator") | role("admin")) & ~author,
    about="Cover or hide a comment, as moderation decided",
)
