"""The forms of what one is told: hours, areas, one thing. Rules are in `choices`."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import TimeInput

from gongzhi.kernel.forms import RoomForm
from gongzhi.kernel.text import lazy
from gongzhi.reactions.notices.choices import LONGEST_NAME

_l: Any = lazy  # WTForms shows a lazy sentence as well as a string, which its types do not say

RADII = (100, 300, 500, 1000, 2000, 5000)


class TimeField(StringField):
    """A time of day, kept as minutes since midnight; what is none stays as typed, with a message."""

    widget = TimeInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read `22:00`."""
        self.data = None
        hours, colon, minutes = (valuelist[0].strip() if valuelist else "").partition(":")
        proper = colon and hours.isascii() and minutes[:2].isascii() and hours.isdigit() and minutes[:2].isdigit()
        if not proper or int(hours) > 23 or int(minutes[:2]) > 59:
            raise ValueError(_l("Please enter a time like 22:00."))
        self.data = int(hours) * 60 + int(minutes[:2])

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data // 60:02d}:{self.data % 60:02d}" if self.data is not None else ""


class HoursForm(RoomForm):
    """When one may be disturbed, when the digest comes."""

    quiet = BooleanField(_l("Keep quiet hours"))
    quiet_from = TimeField(_l("Quiet from"), validators=[InputRequired()])
    quiet_until = TimeField(_l("Quiet until"), validators=[InputRequired()])
    digest_hour = SelectField(_l("The daily digest comes at"), coerce=int, validators=[InputRequired()])

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.digest_hour.choices = [SelectChoice(value=hour, label=f"{hour:02d}:00") for hour in range(24)]


class AreaForm(RoomForm):
    """A place (from the picker beside it), or a point with a distance."""

    name = StringField(_l("Name"), description=_l("Such as “my way to work”"), validators=[Length(max=LONGEST_NAME)])
    latitude = HiddenField()
    longitude = HiddenField()
    radius_m = SelectField(_l("Around the point on the map"), coerce=int)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.radius_m.choices = [
            SelectChoice(value=metres, label=f"{metres} m" if metres < 1000 else f"{metres // 1000} km")
            for metres in RADII
        ]

    def centre(self) -> tuple[float, float] | None:
        """The point, if one was chosen. A position that is none becomes one no place has."""
        if not (self.latitude.data or self.longitude.data):
            return None
        try:
            return float(self.latitude.data or ""), float(self.longitude.data or "")
        except ValueError:
            return (999.0, 999.0)


class ThingForm(RoomForm):
    """What comes of one thing; the fields of channels are added for those there are."""

    mute = BooleanField(_l("Tell me nothing of this"))
