"""What people type here."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from gongzhi.domains.comments.models import Stance
from gongzhi.domains.comments.rules import LONGEST, STANCE_LABELS


class CommentForm(FlaskForm):
    """A comment, or with `parent` a reply."""

    body = TextAreaField(
        _l("Your comment"),
        validators=[
            InputRequired(_l("Please write something.")),
            Length(max=LONGEST, message=_l("Please keep to %(max)d characters.")),
        ],
    )
    stance = RadioField(
        _l("Where you stand"),
        choices=[SelectChoice(stance.value, _l(STANCE_LABELS[stance].msgid)) for stance in Stance],
        default=Stance.NEUTRAL.value,
    )
    parent = HiddenField(validators=[Optional(), Length(max=13)])
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])
