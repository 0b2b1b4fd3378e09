"""What officials and those concerned type about decisions."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from gongzhi.domains.decisions.models import CommitmentState
from gongzhi.domains.decisions.rules import (
    COMMITMENT_LABELS,
    LONGEST_NOTICE,
    NOTICE_DAYS,
    SHORTEST_NOTICE,
    Promise,
    Words,
)
from gongzhi.kernel.forms import RoomForm

REQUIRED = _l("This is required.")
TOO_LONG = _l("Please keep to %(max)d characters.")
EMPTY_ROWS = 3
_YUAN = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_GROUPING = {ord(","): None, 0xFF0C: None}
"""Commas that group thousands, the full-width one too."""


class PromiseForm(Form):
    """One commitment; a row left empty does not count."""

    text = StringField(_l("What is promised"), validators=[Optional(), Length(max=300, message=TOO_LONG)])
    responsible = StringField(_l("Who is responsible"), validators=[Optional(), Length(max=120, message=TOO_LONG)])
    due_on = DateField(_l("By when"), validators=[Optional()])


class DecisionForm(RoomForm):
    """The words of a decision."""

    title = StringField(
        _l("What is decided, in one line"),
        validators=[InputRequired(REQUIRED), Length(4, 120, message=_l("Use 4 to 120 characters."))],
    )
    body = TextAreaField(
        _l("The decision"),
        validators=[InputRequired(REQUIRED), Length(max=20_000, message=TOO_LONG)],
    )
    grounds = TextAreaField(_l("Grounds"), validators=[Optional(), Length(max=20_000, message=TOO_LONG)])
    adopted = TextAreaField(_l("What was adopted"), validators=[Optional(), Length(max=20_000, message=TOO_LONG)])
    not_adopted = TextAreaField(
        _l("What was not adopted, and why"), validators=[Optional(), Length(max=20_000, message=TOO_LONG)]
    )
    responsible = SelectField(_l("Responsible office"), validators=[InputRequired(REQUIRED)])
    money = StringField(_l("Money, in yuan"), validators=[Optional(), Length(max=20, message=TOO_LONG)])
    money_source = StringField(_l("Where the money comes from"), validators=[Optional(), Length(max=200)])
    notice_days = IntegerField(
        _l("Days of public notice"),
        default=NOTICE_DAYS,
        validators=[InputRequired(REQUIRED), NumberRange(SHORTEST_NOTICE, LONGEST_NOTICE)],
    )
    promises = FieldList(FormField(PromiseForm), min_entries=EMPTY_ROWS, max_entries=25)
    issues = StringField(
        _l("Issues it rests on"),
        validators=[Length(max=800, message=TOO_LONG)],
        description=_l("Addresses or ids of issues, separated by spaces."),
    )
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def validate_money(self, field: Any) -> None:
        """Yuan with at most two decimals."""
        if field.data:
            self._fen(field.data)

    def validate_promises(self, field: Any) -> None:
        """A row begun is a row finished."""
        for row in field.entries:
            given = [bool((row.form.text.data or "").strip()), bool(row.form.due_on.data)]
            if any(given) and not all(given):
                raise ValidationError(str(_l("Each commitment needs its words and its date.")))

    @staticmethod
    def _fen(text: str) -> int:
        plain = text.translate(_GROUPING).strip()
        if not _YUAN.fullmatch(plain):
            raise ValidationError(str(_l("Enter an amount such as 12000 or 12000.50.")))
        return int(Decimal(plain) * 100)

    def words(self) -> Words:
        """The words as typed."""
        return Words(
            self.title.data or "",
            self.body.data or "",
            self.grounds.data or "",
            self.adopted.data or "",
            self.not_adopted.data or "",
            self._fen(self.money.data) if self.money.data else None,
            self.money_source.data or "",
            self.notice_days.data or NOTICE_DAYS,
        )

    def typed_promises(self, office_name: str) -> tuple[Promise, ...]:
        """The commitments as typed; the office itself where nobody is named."""
        return tuple(
            Promise(row.form.text.data or "", row.form.responsible.data or office_name, row.form.due_on.data)
            for row in self.promises.entries
            if (row.form.text.data or "").strip() and row.form.due_on.data
        )


class ReasonForm(RoomForm):
    """A reason."""

    reason = TextAreaField(_l("Reason"), validators=[InputRequired(REQUIRED), Length(max=1000, message=TOO_LONG)])


class ProgressForm(RoomForm):
    """A report of progress."""

    body = TextAreaField(
        _l("What has been done"), validators=[InputRequired(REQUIRED), Length(max=5000, message=TOO_LONG)]
    )
    commitment = SelectField(_l("About which commitment"), validators=[Optional()])


class SettleForm(RoomForm):
    """Whether a commitment was kept."""

    state = RadioField(
        _l("Outcome"),
        choices=[
            SelectChoice(state.value, _l(COMMITMENT_LABELS[state].msgid))
            for state in (CommitmentState.KEPT, CommitmentState.MISSED)
        ],
        validators=[InputRequired(REQUIRED)],
    )
    note = TextAreaField(_l("Note"), validators=[Optional(), Length(max=500, message=TOO_LONG)])


class ObjectionForm(RoomForm):
    """An objection during the public notice."""

    body = TextAreaField(
        _l("Your objection and its reason"),
        validators=[InputRequired(REQUIRED), Length(max=2000, message=TOO_LONG)],
    )


class ObjectionAnswerForm(RoomForm):
    """The answer to an objection."""

    answer = TextAreaField(_l("Answer"), validators=[InputRequired(REQUIRED), Length(max=2000, message=TOO_LONG)])


class RatingForm(RoomForm):
    """A rating of the outcome."""

    solved = RadioField(
        _l("Is it solved?"),
        choices=[SelectChoice("yes", _l("Yes")), SelectChoice("partly", _l("Partly")), SelectChoice("no", _l("No"))],
        validators=[InputRequired(REQUIRED)],
    )
    satisfaction = RadioField(
        _l("How satisfied are you?"),
        choices=[
            SelectChoice("5", _l("Very satisfied")),
            SelectChoice("4", _l("Satisfied")),
            SelectChoice("3", _l("Mostly satisfied")),
            SelectChoice("2", _l("Dissatisfied")),
            SelectChoice("1", _l("Very dissatisfied")),
        ],
        validators=[InputRequired(REQUIRED)],
    )
    comment = TextAreaField(_l("Anything to add"), validators=[Optional(), Length(max=1000, message=TOO_LONG)])
