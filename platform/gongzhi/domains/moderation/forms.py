"""What people type here: reports, measures, appeals and their decisions."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from gongzhi.domains.people.rules import GROUND_LABELS
from gongzhi.kernel.forms import RoomForm

from .rules import APPEAL_LABELS, BULK, MEASURE_LABELS, SUSPENSIONS

REQUIRED = _l("This is required.")
TOO_LONG = _l("Please keep to %(max)d characters.")


def _grounds() -> list[SelectChoice]:
    return [SelectChoice(ground, _l(label.msgid)) for ground, label in GROUND_LABELS.items()]


def _days() -> list[SelectChoice]:
    return [SelectChoice("", _l("Choose"))] + [SelectChoice(str(days), str(days)) for days in SUSPENSIONS]


class ReportForm(RoomForm):
    """Why something is reported."""

    ground = RadioField(_l("What is wrong with it?"), choices=_grounds(), validators=[InputRequired(REQUIRED)])
    words = TextAreaField(_l("In your words"), validators=[Optional(), Length(max=1000, message=TOO_LONG)])


class MeasureForm(RoomForm):
    """A measure on one case."""

    kind = RadioField(_l("Measure"), validators=[InputRequired(REQUIRED)])
    ground = SelectField(
        _l("Ground in the community's rules"), choices=_grounds(), validators=[InputRequired(REQUIRED)]
    )
    passages = TextAreaField(_l("Passages to cover, one a line"), validators=[Optional(), Length(max=4000)])
    days = SelectField(_l("Days of suspension"), choices=_days(), validators=[Optional()])
    reason = TextAreaField(
        _l("Reason, as the author reads it"),
        validators=[InputRequired(REQUIRED), Length(max=1000, message=TOO_LONG)],
    )

    def __init__(self, kinds: tuple[str, ...] = (), **given: Any) -> None:
        super().__init__(**given)
        self.kind.choices = [SelectChoice(str(kind), _l(MEASURE_LABELS[kind].msgid)) for kind in kinds]


class BulkForm(RoomForm):
    """One measure with one reason for the chosen cases."""

    kind = SelectField(
        _l("Measure"), choices=[SelectChoice(str(kind), _l(MEASURE_LABELS[kind].msgid)) for kind in BULK]
    )
    ground = SelectField(
        _l("Ground in the community's rules"), choices=_grounds(), validators=[InputRequired(REQUIRED)]
    )
    reason = TextAreaField(
        _l("One reason for all, as the authors read it"),
        validators=[InputRequired(REQUIRED), Length(max=1000, message=TOO_LONG)],
    )
    back = HiddenField()


class AppealForm(RoomForm):
    """Why a measure is wrong."""

    words = TextAreaField(
        _l("Why you find it wrong"), validators=[InputRequired(REQUIRED), Length(max=2000, message=TOO_LONG)]
    )


class AppealDecisionForm(RoomForm):
    """What another moderator finds."""

    outcome = RadioField(
        _l("Decision on the appeal"),
        choices=[SelectChoice(str(outcome), _l(label.msgid)) for outcome, label in APPEAL_LABELS.items()],
        validators=[InputRequired(REQUIRED)],
    )
    passages = TextAreaField(_l("Passages to cover, one a line"), validators=[Optional(), Length(max=4000)])
    days = SelectField(_l("Days of suspension"), choices=_days(), validators=[Optional()])
    reason = TextAreaField(
        _l("Reason, as the author reads it"),
        validators=[InputRequired(REQUIRED), Length(max=1000, message=TOO_LONG)],
    )
