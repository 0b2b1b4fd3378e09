"""What can be done with ballots."""

from .closing import certify, certify_if_due
from .course import approve, cancel, remind, return_draft, start_if_due, submit, withdraw
from .drafting import draft_ballot, edit_terms, edit_words, usual_terms
from .papers import enter_papers, tick_off
from .roll import Fault, RollLine, import_roll
from .settings import set_template
from .voting import Receipt, cast_ballot, vote_now

__all__ = [
    "Fault",
    "Receipt",
    "RollLine",
    "approve",
    "cancel",
    "cast_ballot",
    "certify",
    "certify_if_due",
    "draft_ballot",
    "edit_terms",
    "edit_words",
    "enter_papers",
    "import_roll",
    "remind",
    "return_draft",
    "set_template",
    "start_if_due",
    "submit",
    "tick_off",
    "usual_terms",
    "vote_now",
    "withdraw",
]
