"""What the rooms' forms share: a form that carries an action's messages, and a field for a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import StringField, TextAreaField
from wtforms.widgets import DateInput

from gongzhi.kernel.db import write
from gongzhi.kernel.errors import Conflict, DomainError, Invalid
from gongzhi.kernel.text import lazy as _l

LONGEST_PHOTO_TEXT = 200


class DayField(StringField):
    """A date of the calendar; what is none stays as typed, with a message."""

    widget = DateInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read `2026-11-27`."""
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = date.fromisoformat(valuelist[0].strip())
        except ValueError:
            raise ValueError(_l("Please enter a date like 2026-11-27.")) from None

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else self.data.isoformat() if self.data else ""


class RoomForm(FlaskForm):
    """A form of a room. The shell has checked the token already, for all writes alike."""

    class Meta:
        """FlaskForm's settings."""

        csrf = False

    form_errors: list[str]

    def take(self, error: DomainError, aliases: Mapping[str, str] | None = None) -> None:
        """Put what an action found beside the fields, or on top where no field is meant."""
        found = error.errors or {"": [error.message]}
        for name, messages in found.items():
            field = self._fields.get((aliases or {}).get(name, name))
            texts = [str(message) for message in messages]
            if field is None or isinstance(field.errors, dict):
                # What has no field of its own, such as the place picker, still belongs into the summary; so does
                # what is said of a group of fields as a whole.
                self.form_errors = [*self.form_errors, *texts]
            else:
                field.errors = [*field.errors, *texts]

    def attempt(self, act: Callable[[Session], object]) -> int:
        """Do what was asked for in a write of its own: 302 when it is done, else the status to show the form with."""
        if not self.validate_on_submit():
            return 422
        try:
            with write() as current:
                act(current)
        except (Invalid, Conflict) as refused:
            self.take(refused)
            return refused.status
        return 302


class PhotoTextsField(TextAreaField):
    """What the photos of a form show, one line for each in their order; with script, an input beside each photo."""

    def of(self, number: int) -> str:
        """The text of the photo with this number, from 0; empty where none was written."""
        lines = (self.data or "").splitlines()
        return lines[number].strip()[:LONGEST_PHOTO_TEXT] if number < len(lines) else ""

    def clear(self) -> None:
        """The photos are stored with their texts: what is chosen next begins anew."""
        self.data, self.raw_data = "", None
