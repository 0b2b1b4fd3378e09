"""What people type here. Forms keep what was typed and carry it to the actions, which check it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from wtforms import (
    FieldList,
    Form,
    FormField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice

from gongzhi.domains.issues.models import Solved
from gongzhi.kernel.errors import DomainError, Invalid
from gongzhi.kernel.forms import DayField, PhotoTextsField, RoomForm
from gongzhi.kernel.text import lazy as _l

from . import rules
from .models import NeedKind, PledgeState, StepState
from .rules import NEED_LABELS, PLEDGE_LABELS, STEP_LABELS, NeedWanted, read_amount

FIRST_ROWS = 2
LONGEST_VERSION = 9


class Lengths:
    """Tells the browser what the rules will say; the action checks."""

    def __init__(self, most: int, *, needed: bool = True) -> None:
        self.field_flags = {"maxlength": most} | ({"required": True} if needed else {})

    def __call__(self, form: Any, field: Any) -> None:
        """Nothing to do here: the rule stands in `rules`, for pages and the API alike."""


class Needed:
    """Marks a field as required for the browser; the action says so where it is empty."""

    def __init__(self) -> None:
        self.field_flags = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        """As above."""


def day_of(field: DayField) -> date:
    """The day chosen. Raises `Invalid` beside the field when there is none."""
    if not isinstance(field.data, date):
        raise Invalid.of(field.short_name, _l("Please choose a day."))
    return field.data


def _kinds() -> list[SelectChoice]:
    return [SelectChoice(kind.value, label) for kind, label in NEED_LABELS.items()]


class NeedRow(Form):
    """One need of a new initiative; a row left empty does not count."""

    kind = SelectField(_l("Kind"), choices=_kinds(), validate_choice=False)
    description = StringField(_l("What is needed"), validators=[Lengths(200, needed=False)])
    required = StringField(_l("How much"), validators=[Lengths(16, needed=False)])
    unit = StringField(_l("Unit"), validators=[Lengths(rules.LONGEST_UNIT, needed=False)])

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not any((field.data or "").strip() for field in (self.description, self.required, self.unit))


class WordsForm(RoomForm):
    """Title, goal and planned end."""

    title = StringField(
        _l("Title"),
        description=_l("Short and concrete, for example: “Safe steps at Banpo Court”."),
        validators=[Lengths(rules.LONGEST_TITLE)],
    )
    goal = TextAreaField(
        _l("Goal"),
        description=_l("What shall be different at the end, and how does everybody see it? Markdown works."),
        validators=[Lengths(rules.LONGEST_GOAL)],
    )
    ends_on = DayField(_l("Planned end"))


class StartForm(WordsForm):
    """A new initiative."""

    needs = FieldList(FormField(NeedRow), min_entries=FIRST_ROWS, max_entries=rules.MOST_NEEDS)
    once = HiddenField()

    def wanted(self) -> list[NeedWanted]:
        """The needs typed. Amounts that are none are told beside their fields, and `Invalid` is raised."""
        found, wrong = [], False
        for row in self.rows:
            try:
                found.append(need_of(row))
            except Invalid as invalid:
                show_in_row(row, invalid)
                wrong = True
        if wrong:
            raise Invalid.of("needs", _l("Please check what is needed."))
        return found

    @property
    def rows(self) -> list[NeedRow]:
        """The rows in which something was typed."""
        return [entry.form for entry in self.needs.entries if not entry.form.is_empty]

    def take(self, error: DomainError, aliases: Mapping[str, str] | None = None) -> None:
        """As the parent, and what concerns a need (`needs.0.unit`) beside that row's field."""
        rest: dict[str, list[Any]] = {}
        for name, messages in (error.errors or {"": [error.message]}).items():
            part, _dot, inner = name.partition(".")
            place, _dot, field = inner.partition(".")
            if part == "needs" and place.isdigit() and int(place) < len(self.rows):
                show_in_row(self.rows[int(place)], Invalid({field: messages}))
            else:
                rest[name] = messages
        texts = [str(message) for name in ("", "needs") for message in rest.pop(name, [])]
        self.form_errors = [*self.form_errors, *texts]
        if rest:
            super().take(Invalid(rest), aliases)


def need_of(form: Any) -> NeedWanted:
    """The need typed in a row or form. Raises `Invalid`."""
    if form.kind.data not in list(NeedKind):
        raise Invalid.of("kind", _l("Choose one of the kinds."))
    kind = NeedKind(form.kind.data)
    return NeedWanted(
        kind,
        form.description.data or "",
        read_amount(form.required.data or "", kind, "required"),
        form.unit.data or "",
    )


def show_in_row(row: NeedRow, invalid: Invalid) -> None:
    """Put messages beside the fields of a row."""
    for name, messages in invalid.errors.items():
        field = getattr(row, name, row.description)
        field.errors = [*field.errors, *map(str, messages)]


class EditForm(WordsForm):
    """The words changed by their coordinator, who saw this version."""

    version = HiddenField()

    @property
    def seen(self) -> int:
        """The version the writer saw; 0 for what is none."""
        text = (self.version.data or "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_VERSION else 0


class NeedForm(RoomForm):
    """One thing more, or a need corrected."""

    kind = SelectField(_l("Kind"), choices=_kinds(), validate_choice=False)
    description = StringField(_l("What is needed"), validators=[Lengths(200)])
    required = StringField(
        _l("How much"), description=_l("For money in yuan, otherwise a whole number."), validators=[Lengths(16)]
    )
    unit = StringField(
        _l("Unit"),
        description=_l("For example people, hours, boxes; money needs none."),
        validators=[Lengths(rules.LONGEST_UNIT, needed=False)],
    )


class JoinForm(RoomForm):
    """A pledge: for a need, or in one's own words."""

    need = RadioField(_l("What will you contribute?"), choices=[], validate_choice=False, validators=[Needed()])
    amount = StringField(
        _l("How much"),
        description=_l("In the unit of the need; money in yuan."),
        validators=[Lengths(16)],
    )
    unit = StringField(
        _l("Unit"),
        description=_l("Only for a contribution of your own."),
        validators=[Lengths(rules.LONGEST_UNIT, needed=False)],
    )
    text = StringField(
        _l("In your words"),
        description=_l("Needed for a contribution of your own; otherwise what others should know of it."),
        validators=[Lengths(rules.LONGEST_PLEDGE, needed=False)],
    )
    due_on = DayField(_l("By when"), validators=[Needed()])


class ReasonForm(RoomForm):
    """A public reason."""

    reason = TextAreaField(_l("Reason, for everybody to read"), validators=[Lengths(rules.LONGEST_NOTE)])


class SettleForm(RoomForm):
    """Whether a pledge was kept."""

    state = RadioField(
        _l("Was the pledge kept?"),
        choices=[SelectChoice(state.value, PLEDGE_LABELS[state]) for state in (PledgeState.KEPT, PledgeState.MISSED)],
        validate_choice=False,
        validators=[Needed()],
    )
    note = TextAreaField(
        _l("Note"),
        description=_l("Needed for a missed pledge: what happened, and what is done now."),
        validators=[Lengths(rules.LONGEST_NOTE, needed=False)],
    )


class ObjectionForm(RoomForm):
    """An objection to "missed"."""

    text = TextAreaField(
        _l("Your view"),
        description=_l("It is shown publicly beside what the organisers say."),
        validators=[Lengths(1000)],
    )


class StepForm(RoomForm):
    """A step of the work."""

    title = StringField(_l("What is to be done"), validators=[Lengths(rules.LONGEST_TITLE)])
    owner = SelectField(_l("Who does it"), choices=[], validate_choice=False, validators=[Needed()])
    due_on = DayField(_l("By when"), validators=[Needed()])
    once = HiddenField()


class MoveForm(RoomForm):
    """How far a step is."""

    state = RadioField(
        _l("How far is it?"),
        choices=[SelectChoice(state.value, label) for state, label in STEP_LABELS.items()],
        validate_choice=False,
        validators=[Needed()],
    )
    reason = TextAreaField(
        _l("Reason"),
        description=_l("Needed when a step is dropped."),
        validators=[Lengths(rules.LONGEST_NOTE, needed=False)],
    )

    @property
    def chosen(self) -> StepState:
        """The state chosen. Raises `Invalid`."""
        if self.state.data not in list(StepState):
            raise Invalid.of("state", _l("Choose one of these."))
        return StepState(self.state.data)


class UpdateForm(RoomForm):
    """News of the work."""

    body = TextAreaField(
        _l("What is new?"), description=_l("Markdown works."), validators=[Lengths(rules.LONGEST_UPDATE)]
    )
    photos = MultipleFileField(
        _l("Photos"), description=_l("Please show no faces and no number plates. Positions in the files are removed.")
    )
    photo_texts = PhotoTextsField(
        _l("What the photos show"),
        description=_l(
            "One line for each photo, for those who cannot see it. For example: “Loose handrail, right side”."
        ),
    )
    once = HiddenField()


class ReportForm(RoomForm):
    """The closing report."""

    report = TextAreaField(
        _l("What was achieved?"),
        description=_l("What has changed, what has not, who helped, what remains to be done. Markdown works."),
        validators=[Lengths(rules.LONGEST_REPORT)],
    )


class ChooseForm(RoomForm):
    """One of the participants."""

    who = SelectField(_l("Participant"), choices=[], validate_choice=False, validators=[Needed()])


class RateForm(RoomForm):
    """What those concerned say of the outcome."""

    solved = RadioField(
        _l("Was the goal reached?"),
        choices=[
            SelectChoice(Solved.YES.value, _l("Yes")),
            SelectChoice(Solved.PARTLY.value, _l("Partly")),
            SelectChoice(Solved.NO.value, _l("No")),
        ],
        validate_choice=False,
        validators=[Needed()],
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
        validate_choice=False,
        validators=[Needed()],
    )
    comment = TextAreaField(
        _l("Anything to add"),
        description=_l("It is shown without your name."),
        validators=[Lengths(rules.LONGEST_COMMENT, needed=False)],
    )
