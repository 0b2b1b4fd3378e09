"""What officials and voters type about ballots."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    FileField,
    Form,
    FormField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import DateTimeLocalField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from gongzhi.kernel import clock
from gongzhi.kernel.forms import RoomForm

from .models import Ballot, Reasons, Results
from .rules.course import REASONS_LABELS, RESULTS_LABELS, Terms, Words

REQUIRED = _l("This is required.")
TOO_LONG = _l("Please keep to %(max)d characters.")
TIME = "%Y-%m-%dT%H:%M"
EMPTY_ROWS = 3


class MomentField(DateTimeLocalField):
    """A moment on the district's clock; aware in Python."""

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label, format=[TIME, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **more)

    def process_data(self, value: datetime | None) -> None:
        """Show an aware moment on the district's clock."""
        self.data = clock.to_local(value).replace(tzinfo=None) if value is not None else None

    @property
    def moment(self) -> datetime | None:
        """What was typed, as an aware moment."""
        return self.data.replace(tzinfo=clock.LOCAL) if isinstance(self.data, datetime) else None


class OptionForm(Form):
    """One option; a row left empty does not count."""

    label = StringField(_l("Option"), validators=[Optional(), Length(max=120, message=TOO_LONG)])
    about = StringField(_l("In a sentence"), validators=[Optional(), Length(max=300, message=TOO_LONG)])


class WordsForm(RoomForm):
    """The question and its options."""

    title = StringField(
        _l("The question, in one line"),
        validators=[InputRequired(REQUIRED), Length(4, 120, message=_l("Use 4 to 120 characters."))],
    )
    body = TextAreaField(
        _l("What to know before voting"), validators=[Optional(), Length(max=20_000, message=TOO_LONG)]
    )
    options = FieldList(FormField(OptionForm), min_entries=EMPTY_ROWS, max_entries=30)
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def words(self) -> Words:
        """As typed."""
        rows = tuple((row.form.label.data or "", row.form.about.data or "") for row in self.options.entries)
        return Words(self.title.data or "", self.body.data or "", rows)


class TermsForm(RoomForm):
    """Who may vote, when and how."""

    chambers = SelectMultipleField(
        _l("Who may vote"),
        validators=[InputRequired(REQUIRED)],
        choices=[
            SelectChoice("resident", _l("Residents")),
            SelectChoice("enterprise", _l("Enterprises")),
            SelectChoice("ngo", _l("Social organisations")),
        ],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    level = RadioField(
        _l("How they must be verified"),
        choices=[
            SelectChoice("2", _l("Verified by a grid worker or office: one person, one voice")),
            SelectChoice("1", _l("Contact confirmed is enough")),
        ],
        validators=[InputRequired(REQUIRED)],
    )
    secret = RadioField(
        _l("Secret or open"),
        choices=[
            SelectChoice("1", _l("Secret: votes are sealed, and after the close nothing leads from a voter to a vote")),
            SelectChoice("0", _l("Open: a roll call with names is published after the close")),
        ],
        validators=[InputRequired(REQUIRED)],
    )
    results = RadioField(
        _l("When the count is shown"),
        choices=[SelectChoice(one.value, _l(RESULTS_LABELS[one].msgid)) for one in Results],
        validators=[InputRequired(REQUIRED)],
    )
    reasons = RadioField(
        _l("Reason with the vote"),
        choices=[SelectChoice(one.value, _l(REASONS_LABELS[one].msgid)) for one in Reasons],
        validators=[InputRequired(REQUIRED)],
    )
    quorum = StringField(
        _l("Quorum"),
        validators=[Optional(), Length(max=20, message=TOO_LONG)],
        description=_l("The share of those entitled who must take part, such as 1/2. Leave empty for none."),
    )
    opens_at = MomentField(_l("Voting begins"), validators=[InputRequired(REQUIRED)])
    closes_at = MomentField(_l("Voting ends"), validators=[InputRequired(REQUIRED)])
    paper = BooleanField(_l("Papers of a meeting are counted too"))
    paper_until = MomentField(_l("Papers are entered until"), validators=[Optional()])
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def terms(self) -> Terms:
        """As typed."""
        return Terms(
            chambers=tuple(self.chambers.data or ()),
            level=int(self.level.data),
            secret=self.secret.data == "1",
            reasons=Reasons(self.reasons.data),
            results=Results(self.results.data),
            paper=bool(self.paper.data),
            opens_at=self.opens_at.moment,
            closes_at=self.closes_at.moment,
            paper_until=self.paper_until.moment,
            quorum=self.quorum.data or "",
        )

    @staticmethod
    def typed(ballot: Ballot) -> dict[str, Any]:
        """A draft as its form shows it."""
        return {
            "chambers": ballot.chambers,
            "level": str(ballot.level),
            "secret": "1" if ballot.secret else "0",
            "results": str(ballot.results),
            "reasons": str(ballot.reasons),
            "quorum": ballot.quorum[0]["share"] if ballot.quorum else "",
            "opens_at": ballot.opens_at,
            "closes_at": ballot.closes_at,
            "paper": ballot.paper,
            "paper_until": ballot.paper_until,
            "version": ballot.version,
        }


class RollForm(RoomForm):
    """The electoral roll as a table."""

    file = FileField(
        _l("Table"),
        description=_l(
            "XLSX or CSV with a first line of headings: account (its e-mail or mobile number), name, unit, area (m²)."
        ),
    )


class ReasonForm(RoomForm):
    """A reason."""

    reason = TextAreaField(_l("Reason"), validators=[InputRequired(REQUIRED), Length(max=1000, message=TOO_LONG)])


class PapersForm(RoomForm):
    """The papers of a meeting, as one official counted them: motions by number, others line by line."""

    lines = TextAreaField(
        _l("Counted papers"),
        validators=[Optional(), Length(max=20_000, message=TOO_LONG)],
        description=_l(
            "A line for each way the papers were filled in, options by their number: 12: 1,3 · 5: 2>1=3 · 4: 1=5,2=0 · "
            "2: abstain · 1: invalid"
        ),
    )
    sheet = FileField(_l("Photo of the tally sheet"))


class TemplateForm(RoomForm):
    """The figures of a template."""

    basis = TextAreaField(
        _l("Basis"),
        validators=[Optional(), Length(max=500, message=TOO_LONG)],
        description=_l("Law and article these figures rest on; it is shown with every ballot."),
    )
    in_use = BooleanField(_l("Officials may choose this template"))
