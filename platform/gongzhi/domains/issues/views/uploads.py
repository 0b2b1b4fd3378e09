"""Files that come with a form: stored at once, so that an error elsewhere on the form does not lose them."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage

from gongzhi.kernel import storage
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.forms import LONGEST_PHOTO_TEXT, PhotoTextsField
from gongzhi.kernel.images import IMAGE_TYPES
from gongzhi.kernel.text import Message
from gongzhi.kernel.text import lazy as _l

from ..actions import PhotoIn
from ..rules.words import MOST_ATTACHMENTS, MOST_PHOTOS

IMAGE_ENDINGS = ("jpg", "jpeg", "png", "webp")


def sent_files(field: Any) -> list[FileStorage]:
    """The files somebody really chose: an empty input sends one without a name."""
    return [file for file in field.data or () if isinstance(file, FileStorage) and file.filename]


def kept_photos() -> list[PhotoIn]:
    """The pictures from before that the form keeps, with what they show."""
    dropped = set(request.form.getlist("drop"))
    keys = [key for key in request.form.getlist("kept") if key not in dropped][:MOST_PHOTOS]
    return [PhotoIn(key, request.form.get(f"alt-{key}", "")[:LONGEST_PHOTO_TEXT]) for key in dict.fromkeys(keys)]


def photos_of(field: Any, texts: PhotoTextsField) -> list[PhotoIn]:
    """The pictures of the form: those kept from before and not dropped, then the new ones, stored now.

    What cannot be stored is told beside the field; the others stay.
    """
    photos = kept_photos()
    room = MOST_PHOTOS - len(photos)
    sent = sent_files(field)
    errors: list[Message] = []
    if len(sent) > room:
        errors.append(_l("Please choose at most %(most)s photos.", most=MOST_PHOTOS))
    for number, file in enumerate(sent[:room]):
        try:
            photos.append(PhotoIn(storage.store_image(file.stream, file.filename or "").key, texts.of(number)))
        except Invalid as refused:
            errors.extend(_named(file, refused))
    field.errors = [*field.errors, *errors]
    texts.clear()
    return list({photo.key: photo for photo in reversed(photos)}.values())[::-1]


def attachments_of(field: Any) -> list[dict[str, Any]]:
    """Documents and pictures as the storage gave them; refusals are told beside the field."""
    found: list[dict[str, Any]] = []
    sent = sent_files(field)
    errors: list[Message] = []
    if len(sent) > MOST_ATTACHMENTS:
        errors.append(_l("Please attach at most %(most)s files.", most=MOST_ATTACHMENTS))
    for file in sent[:MOST_ATTACHMENTS]:
        ending = (file.filename or "").rpartition(".")[2].lower()
        store = storage.store_image if ending in IMAGE_ENDINGS else storage.store_document
        try:
            kept = store(file.stream, file.filename or "")
        except Invalid as refused:
            errors.extend(_named(file, refused))
            continue
        found.append({"key": kept.key, "name": kept.name, "size": kept.size, "media_type": kept.media_type})
    field.errors = [*field.errors, *errors]
    return found


def is_picture(key: str) -> bool:
    """Whether a stored file can be shown as a picture."""
    return key.rpartition(".")[2] in IMAGE_TYPES


def _named(file: FileStorage, refused: Invalid) -> list[Message]:
    said = [str(message) for messages in refused.errors.values() for message in messages]
    return [f"{(file.filename or '')[:60]}: {text}" for text in said]
