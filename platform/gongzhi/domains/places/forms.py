"""Forms of the administration of places: they parse and keep what was typed; `rules` says what is valid."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from gongzhi.domains.places import rules
from gongzhi.kernel.forms import RoomForm


class PlaceForm(RoomForm):
    """A new place below another."""

    name_zh = StringField(
        _l("Chinese name"),
        validators=[DataRequired(_l("Enter the Chinese name.")), Length(max=rules.MAX_NAME)],
    )
    name_en = StringField(_l("English name"), validators=[Length(max=rules.MAX_NAME_EN)])
    code = StringField(
        _l("Place code"),
        description=_l("Leave empty for the next free one."),
        validators=[Length(max=rules.MAX_CODE)],
    )
    latitude = StringField(_l("Latitude"), validators=[Length(max=20)])
    longitude = StringField(_l("Longitude"), validators=[Length(max=20)])


class ChangeForm(RoomForm):
    """Names, posted numbers and point of a place; `seen` marks what the editor saw."""

    seen = HiddenField()
    name_zh = StringField(
        _l("Chinese name"),
        validators=[DataRequired(_l("Enter the Chinese name.")), Length(max=rules.MAX_NAME)],
    )
    name_en = StringField(_l("English name"), validators=[Length(max=rules.MAX_NAME_EN)])
    contact_phone = StringField(
        _l("Contact telephone"),
        description=_l("It is posted publicly: an office's number, never a private one."),
        validators=[Length(max=rules.MAX_PHONE)],
    )
    supervision_phone = StringField(
        _l("Supervision telephone"),
        description=_l("Where residents complain about the work done here."),
        validators=[Length(max=rules.MAX_PHONE)],
    )
    latitude = StringField(_l("Latitude"), validators=[Length(max=20)])
    longitude = StringField(_l("Longitude"), validators=[Length(max=20)])


class MoveForm(RoomForm):
    """Another parent."""

    parent_id = SelectField(
        _l("New parent"),
        validate_choice=False,
        validators=[DataRequired(_l("Choose one of the places in the list."))],
    )


class BoundaryForm(RoomForm):
    """A boundary as GeoJSON text."""

    boundary = TextAreaField(
        _l("Boundary as GeoJSON"),
        description=_l("One Polygon or MultiPolygon, longitude and latitude in WGS 84, at most 400 kB."),
        validators=[DataRequired(_l("Paste the GeoJSON of the boundary."))],
    )


class EmptyForm(RoomForm):
    """A button that changes something."""
