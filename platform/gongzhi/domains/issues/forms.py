"""What people type here. Forms carry words to the actions, which check them; they only parse numbers and dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import NumberInput

from gongzhi.kernel.forms import DayField, PhotoTextsField, RoomForm
from gongzhi.kernel.text import lazy as _l

from .models import Solved, Triage, Urgency
from .rules.days import MOST_EXTENSION
from .rules.lifecycle import SOLVED_LABELS, TRIAGE_LABELS
from .rules.words import (
    ANSWER_LENGTH,
    BODY_LENGTH,
    COMMENT_LENGTH,
    GUIDANCE_LENGTH,
    NOTE_LENGTH,
    REASON_LENGTH,
    STEP_LENGTH,
    TITLE_LENGTH,
)

LARGEST_NUMBER = 100_000
LONGEST_NUMBER = 12


class Lengths:
    """Tells the browser what the rules will say; the action checks."""

    def __init__(self, lengths: tuple[int, int]) -> None:
        least, most = lengths
        self.field_flags = {"maxlength": most} | ({"required": True} if least else {})

    def __call__(self, form: FlaskForm, field: Field) -> None:
        """Nothing to do here: the rule stands in `rules.words`, for pages and the API alike."""


class Needed:
    """Marks a field as required for the browser; the action says so where it is empty."""

    def __init__(self) -> None:
        self.field_flags = {"required": True}

    def __call__(self, form: FlaskForm, field: Field) -> None:
        """As above."""


class WholeField(StringField):
    """A whole number; what is none stays as it was typed, with a message."""

    widget = NumberInput(step="1")

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read digits only: `1e5`, `٣` and the like are no numbers on a form."""
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        text = valuelist[0].strip()
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= LONGEST_NUMBER):
            raise ValueError(_l("Please enter a whole number."))
        self.data = max(-LARGEST_NUMBER, min(int(text), LARGEST_NUMBER))

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else "" if self.data is None else str(self.data)


class DegreesField(HiddenField):
    """Latitude or longitude, filled by the map or the device."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a decimal number; `nan` and words are none."""
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = float(valuelist[0])
        except ValueError:
            raise ValueError(_l("This position cannot be read. Please pick it again.")) from None

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else "" if self.data is None else f"{self.data:.6f}"


class ComposeForm(RoomForm):
    """A new issue, or an edit of one."""

    category = SelectField(_l("Category"), choices=[], validate_choice=False, validators=[Needed()])
    title = StringField(
        _l("Title"),
        description=_l("What is it, and where? For example: “Handrail of the steps loose at the bus stop”."),
        validators=[Lengths(TITLE_LENGTH)],
    )
    body = TextAreaField(
        _l("What should change?"),
        description=_l("What did you see, since when, whom does it concern, what do you propose? Markdown works."),
        validators=[Lengths(BODY_LENGTH)],
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
    latitude = DegreesField(_l("Latitude"))
    longitude = DegreesField(_l("Longitude"))
    draft = HiddenField()
    client_key = HiddenField()
    version = WholeField(_l("Version"))
    note = StringField(
        _l("Why did you change it?"),
        description=_l("Readers see this beside the new version."),
        validators=[Lengths((0, 300))],
    )


class StepForm(RoomForm):
    """Parent of the forms for one step of an issue: the version the writer saw, and where to lead back."""

    version = HiddenField()
    back = HiddenField()

    @property
    def seen(self) -> int | None:
        """The version of the issue the writer saw."""
        text = (self.version.data or "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


class ReasonForm(StepForm):
    """A step that needs a public reason."""

    reason = TextAreaField(_l("Reason, for everybody to read"), validators=[Lengths(REASON_LENGTH)])


class NoteForm(StepForm):
    """The author adds to an accepted issue."""

    note = TextAreaField(_l("Your note"), validators=[Lengths(NOTE_LENGTH)])


class RateForm(StepForm):
    """What those concerned say of the outcome."""

    solved = RadioField(
        _l("Is it solved?"),
        choices=[SelectChoice(answer.value, label) for answer, label in SOLVED_LABELS.items()],
        validate_choice=False,
        validators=[Needed()],
    )
    satisfaction = RadioField(
        _l("How satisfied are you?"),
        choices=[
            SelectChoice("5", _l("Very satisfied")),
            SelectChoice("4", _l("Satisfied")),
            SelectChoice("3", _l("So-so")),
            SelectChoice("2", _l("Not satisfied")),
            SelectChoice("1", _l("Not satisfied at all")),
        ],
        validate_choice=False,
        validators=[Needed()],
    )
    comment = TextAreaField(_l("What should the office know?"), validators=[Lengths(COMMENT_LENGTH)])


class StartForm(StepForm):
    """Work begins."""

    note = StringField(_l("Note, for everybody to read"), validators=[Lengths((0, REASON_LENGTH[1]))])


class RouteForm(ReasonForm):
    """Another office, or another category."""

    office = SelectField(_l("Responsible office"), choices=[], validate_choice=False)
    category = SelectField(_l("Category"), choices=[], validate_choice=False)


class TriageForm(ReasonForm):
    """三事分流 (domain.md, 3.6)."""

    triage = RadioField(
        _l("What kind of matter is it?"),
        choices=[SelectChoice(kind.value, label) for kind, label in TRIAGE_LABELS.items()],
        validate_choice=False,
        validators=[Needed()],
    )
    guidance = TextAreaField(
        _l("For a private matter: where to turn, and who mediates"), validators=[Lengths((0, GUIDANCE_LENGTH[1]))]
    )

    @property
    def kind(self) -> Triage | None:
        """The choice, if it is one."""
        return Triage(self.triage.data) if self.triage.data in list(Triage) else None


class ExtendForm(ReasonForm):
    """A longer time to answer."""

    days = WholeField(
        _l("Working days"),
        description=_l("Once only, at most %(most)s working days.", most=MOST_EXTENSION.days),
        validators=[Needed()],
    )


class AnswerForm(StepForm):
    """An official answer. `stored` is what the storage made of its attachments."""

    stored: Sequence[dict[str, Any]] = ()
    template = HiddenField()
    body = TextAreaField(
        _l("Answer"),
        description=_l("What was found, what will be done, who is responsible, by which day."),
        validators=[Lengths(ANSWER_LENGTH)],
    )
    next_step = StringField(_l("Next step"), validators=[Lengths(STEP_LENGTH)])
    next_step_due = DayField(_l("To be done by"))
    attachments = MultipleFileField(_l("Attachments"), description=_l("PDF, Word, Excel or pictures."))


class FinishForm(StepForm):
    """Resolved, or not possible: in both cases how and why, with proof if there is some."""

    stored: Sequence[dict[str, Any]] = ()
    reason = TextAreaField(_l("What was done, or why it cannot be done"), validators=[Lengths(GUIDANCE_LENGTH)])
    document = MultipleFileField(_l("Proof"), description=_l("A photo or a document, if there is one."))


class MergeForm(ReasonForm):
    """The issue this one is united with."""

    into = StringField(
        _l("Merge into"),
        description=_l("The number or the address of the other issue; or choose one of the similar ones."),
        validators=[Needed()],
    )


class CategoryForm(RoomForm):
    """A category with its deadlines and their basis."""

    code = StringField(_l("Code"), description=_l("Given once, for example ENV-LIGHT."), validators=[Lengths((2, 40))])
    parent = SelectField(_l("Main category"), choices=[], validate_choice=False)
    name_zh = StringField(_l("Name in Chinese"), validators=[Lengths((1, 60))])
    name_en = StringField(_l("Name in English"), validators=[Lengths((1, 80))])
    accept_days = WholeField(_l("Accept within (working days)"), validators=[Needed()])
    answer_days = WholeField(_l("Answer within (working days)"), validators=[Needed()])
    basis = StringField(
        _l("Basis of the deadlines"),
        description=_l("The regulation and its article."),
        validators=[Lengths((2, 300))],
    )
    level = SelectField(
        _l("Level"),
        choices=[
            SelectChoice("1", _l("1 · urgent")),
            SelectChoice("2", _l("2 · rather urgent")),
            SelectChoice("3", _l("3 · general")),
            SelectChoice("4", _l("4 · complex")),
            SelectChoice("5", _l("5 · needs a project")),
        ],
        validate_choice=False,
    )
    urgency = SelectField(
        _l("Number to call first"),
        choices=[
            SelectChoice(Urgency.NONE.value, _l("none")),
            SelectChoice(Urgency.FIRE.value, _l("119 · fire and rescue")),
            SelectChoice(Urgency.POLICE.value, _l("110 · police")),
            SelectChoice(Urgency.AMBULANCE.value, _l("120 · ambulance")),
        ],
        validate_choice=False,
    )
    position = WholeField(_l("Position in the list"))
    is_active = BooleanField(_l("Can be chosen for new issues"))


class RoutingForm(RoomForm):
    """Which office answers for a category in a place."""

    category = SelectField(_l("Category"), choices=[], validate_choice=False, validators=[Needed()])
    place = SelectField(_l("Place"), choices=[], validate_choice=False)
    office = SelectField(_l("Responsible office"), choices=[], validate_choice=False, validators=[Needed()])


class TemplateForm(RoomForm):
    """A text an office answers with again and again."""

    name = StringField(_l("Name"), validators=[Lengths((1, 60))])
    body = TextAreaField(_l("Text"), validators=[Lengths(ANSWER_LENGTH)])


def chosen(field: Any) -> str:
    """What was chosen in a list, as text, also when nothing or several things were sent."""
    return str(field.data or "").strip()


def solved_of(field: Any) -> str:
    """The answer to "is it solved", or nothing."""
    text = chosen(field)
    return text if text in list(Solved) else ""
