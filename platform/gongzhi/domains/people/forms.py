"""The forms about accounts, organisations and rights: what is asked, in which words; rules are elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional, ValidationError

from gongzhi.kernel import clock
from gongzhi.kernel.forms import RoomForm
from gongzhi.kernel.text import lazy

from .models import KIND_LABELS, MEMBER_ROLE_LABELS, ROLE_LABELS, OrganisationKind
from .rules import OFFICE_ROLES, PASSWORD_LEAST

_l: Any = lazy  # WTForms shows a lazy sentence as well as a string, which its types do not say


def choice(value: str, label: Any) -> SelectChoice:
    """One of the choices of a list."""
    return SelectChoice(value=value, label=label)


def needed() -> InputRequired:
    """The field must be filled in."""
    return InputRequired(_l("This is required."))


def at_most(number: int) -> Callable[[Any, Field], None]:
    """No more characters than this."""

    def check(_form: Any, field: Field) -> None:
        if len(field.data or "") > number:
            raise ValidationError(_l("Use at most %(num)s characters.", num=number))

    return check


def end_of(day: date | None) -> datetime | None:
    """The midnight that ends this day in the district; None for none."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), clock.LOCAL).astimezone(UTC)


class Form(RoomForm):
    """Parent of the forms."""

    def text(self, name: str) -> str:
        """What was typed into a field; empty for nothing."""
        return str(self[name].data or "")


def contact_field(label: Any = None) -> StringField:
    """An e-mail address or a mobile number."""
    return StringField(
        label or _l("E-mail or mobile number"),
        [needed(), at_most(320)],
        description=_l("Example: name@mail.cn or 138 0013 8000"),
        render_kw={"autocomplete": "username", "maxlength": 320, "autocapitalize": "none", "spellcheck": "false"},
    )


def new_password_field() -> PasswordField:
    """A password to be chosen."""
    return PasswordField(
        _l("New password"),
        [needed(), at_most(200)],
        description=_l("At least %(num)s characters. A short sentence is easy to remember.", num=PASSWORD_LEAST),
        render_kw={"autocomplete": "new-password", "maxlength": 200},
    )


def present_password_field() -> PasswordField:
    """The password as it is."""
    return PasswordField(
        _l("Present password"),
        [needed(), at_most(200)],
        render_kw={"autocomplete": "current-password", "maxlength": 200},
    )


def code_field() -> StringField:
    """Six digits from a message."""
    return StringField(
        _l("Verification code"),
        [needed(), at_most(12)],
        description=_l("The six digits we sent you"),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 12},
    )


def reason_field(label: Any = None) -> StringField:
    """Why; kept for ever and shown to whom it concerns."""
    return StringField(label or _l("Reason"), [needed(), at_most(300)], render_kw={"maxlength": 300})


class SignInForm(Form):
    login = contact_field()
    password = PasswordField(
        _l("Password"), [needed(), at_most(200)], render_kw={"autocomplete": "current-password", "maxlength": 200}
    )
    next = HiddenField()


class SecondForm(Form):
    code = StringField(
        _l("Verification code"),
        [needed(), at_most(40)],
        description=_l("The six digits your app shows, or one of your recovery codes"),
        render_kw={"autocomplete": "one-time-code", "maxlength": 40, "autocapitalize": "none", "spellcheck": "false"},
    )
    passkey = HiddenField()


class AppForm(Form):
    code = StringField(
        _l("Verification code"),
        [needed(), at_most(12)],
        description=_l("The six digits your app shows now"),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 12},
    )


class PasskeyForm(Form):
    name = StringField(
        _l("Name of the passkey"),
        [Optional(), at_most(60)],
        description=_l("So that you recognise it later, for example: my phone"),
        render_kw={"maxlength": 60, "autocomplete": "off"},
    )
    passkey = HiddenField()


class VouchedForm(Form):
    name = StringField(_l("Name shown to others"), [needed(), at_most(40)], render_kw={"maxlength": 40})
    agree = BooleanField(_l("I have read how my data is used"), [InputRequired(_l("Please read this and agree."))])


class EraseForm(Form):
    agree = BooleanField(
        _l("I understand what stays and what goes"), [InputRequired(_l("Please read this and agree."))]
    )


class RegisterForm(Form):
    contact = contact_field()
    name = StringField(
        _l("Name shown to others"),
        [needed(), at_most(40)],
        description=_l("Your name or a name of your choice"),
        render_kw={"autocomplete": "nickname", "maxlength": 40},
    )
    password = new_password_field()
    agree = BooleanField(
        _l("I have read how my data is used"),
        [InputRequired(_l("Please read this and agree."))],
        description=_l("Your contact is used to sign you in and to tell you what you asked for; others never see it."),
    )
    next = HiddenField()


class CodeForm(Form):
    code = code_field()
    next = HiddenField()


class ForgottenForm(Form):
    contact = contact_field()


class ResetForm(Form):
    code = code_field()
    password = new_password_field()


class PasswordForm(Form):
    current_password = present_password_field()
    password = new_password_field()


class ContactForm(Form):
    contact = contact_field(_l("New e-mail or mobile number"))
    current_password = present_password_field()


class RemoveContactForm(Form):
    current_password = present_password_field()


class NameForm(Form):
    name = StringField(_l("Name shown to others"), [needed(), at_most(40)], render_kw={"maxlength": 40})


class VerificationForm(Form):
    community_id = SelectField(_l("Your community"), [needed()], choices=[], validate_choice=False)
    real_name = StringField(
        _l("Name on the identity card"), [needed(), at_most(40)], render_kw={"maxlength": 40, "autocomplete": "name"}
    )
    identity = StringField(
        _l("Identity number"),
        [needed(), at_most(24)],
        description=_l("18 characters. Kept encrypted; it only makes sure that one person has one voice."),
        render_kw={"maxlength": 24, "autocomplete": "off"},
    )
    note = StringField(
        _l("How you belong to the community"),
        [at_most(300)],
        description=_l("For example: I live in building 3, or I work in the shop at the corner"),
        render_kw={"maxlength": 300},
    )
    agree = BooleanField(
        _l("I agree that my name and identity number are used for this purpose"),
        [InputRequired(_l("Please read this and agree."))],
    )


class ReasonForm(Form):
    reason = reason_field()


class OrganisationForm(Form):
    kind = RadioField(
        _l("Kind"),
        [needed()],
        choices=[choice(kind.value, KIND_LABELS[kind]) for kind in (OrganisationKind.ENTERPRISE, OrganisationKind.NGO)],
        validate_choice=False,
    )
    name_zh = StringField(_l("Registered name"), [needed(), at_most(120)], render_kw={"maxlength": 120})
    name_en = StringField(_l("Name in English"), [at_most(160)], render_kw={"maxlength": 160})
    registration_number = StringField(
        _l("Unified social credit code"),
        [needed(), at_most(30)],
        description=_l("18 characters, on the registration certificate"),
        render_kw={"maxlength": 30, "autocomplete": "off"},
    )
    place_id = SelectField(_l("Where you are"), [Optional()], choices=[], validate_choice=False)
    proof = FileField(
        _l("Registration certificate"),
        description=_l("A photo or PDF, at most 20 MB. Only the verifying office sees it."),
        render_kw={"accept": "image/jpeg,image/png,image/webp,application/pdf"},
    )
    about = TextAreaField(_l("About the organisation"), [at_most(2000)], render_kw={"rows": 4, "maxlength": 2000})


class OfficeForm(Form):
    name_zh = StringField(_l("Name of the office"), [needed(), at_most(120)], render_kw={"maxlength": 120})
    name_en = StringField(_l("Name in English"), [at_most(160)], render_kw={"maxlength": 160})
    code = StringField(
        _l("Short code"),
        [needed(), at_most(30)],
        description=_l("Letters, digits and hyphens, for example 500103-CG"),
        render_kw={"maxlength": 30},
    )
    place_id = SelectField(_l("Area"), [Optional()], choices=[], validate_choice=False)
    parent_id = SelectField(_l("Office above"), [Optional()], choices=[], validate_choice=False)
    about = TextAreaField(_l("What it does"), [at_most(2000)], render_kw={"rows": 3, "maxlength": 2000})


class InviteForm(Form):
    contact = contact_field()


class AppointForm(Form):
    contact = contact_field()
    role = SelectField(
        _l("Function"),
        [needed()],
        choices=[choice(role.value, MEMBER_ROLE_LABELS[role]) for role in OFFICE_ROLES],
        validate_choice=False,
    )
    title = StringField(
        _l("Title shown"), [at_most(60)], description=_l("For example: urban management officer"),
        render_kw={"maxlength": 60},
    )  # fmt: skip
    ends_on = DateField(_l("Last day"), [Optional()])


class EndAppointmentForm(Form):
    ends_on = DateField(_l("Last day"), [Optional()], description=_l("Leave empty to end it at once"))
    reason = reason_field()


class GrantForm(Form):
    role = SelectField(
        _l("Role"),
        [needed()],
        choices=[choice("", _l("Choose one")), *(choice(name, label) for name, label in ROLE_LABELS.items())],
        validate_choice=False,
    )
    place_id = SelectField(_l("For which place"), [Optional()], choices=[], validate_choice=False)
    ends_on = DateField(_l("Last day"), [Optional()], description=_l("Leave empty for until further notice"))
    reason = reason_field()
