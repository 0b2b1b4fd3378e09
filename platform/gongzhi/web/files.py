"""Pictures by the hash of their content: the address is known only to those who were shown it.

Documents are not served here but by the room they belong to, which knows who may read them.
"""

from __future__ import annotations

from flask import Blueprint, Response, request, send_file

from gongzhi.domains.moderation.queries import is_withheld
from gongzhi.kernel import storage
from gongzhi.kernel.db import session
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.images import IMAGE_TYPES
from gongzhi.kernel.policy import PUBLIC

blueprint = Blueprint("files", __name__)

YEAR = 31_536_000


@blueprint.get("/files/<key>")
@guard(PUBLIC)
def show(key: str) -> Response:
    """A picture; it never changes, so browsers keep it."""
    media_type = storage.media_type(key)
    if media_type not in IMAGE_TYPES.values() or is_withheld(session(), actor(), key):
        raise NotFound
    if request.if_none_match.contains(key):
        response = Response(status=304)
    else:
        response = send_file(storage.open_file(key), mimetype=media_type, etag=False)
    response.set_etag(key)
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response
