"""The things people do with initiatives, by meaning: starting, pledging, the way of it, the work, voices."""

from .course import (
    accept_coordination,
    begin,
    close_rated,
    dismiss_helper,
    finish,
    name_helper,
    offer_coordination,
    stop,
)
from .moderating import (
    moderate_initiative,
    moderate_update,
    reword_rating,
    words_of_initiative,
    words_of_update,
)
from .pledging import flag_overdue, join, object_to_settlement, settle_pledge, withdraw_pledge
from .starting import add_need, change_need, edit_initiative, start_initiative
from .voices import follow, rate
from .work import add_step, edit_step, move_step, post_update

__all__ = [
    "accept_coordination",
    "add_need",
    "add_step",
    "begin",
    "change_need",
    "close_rated",
    "dismiss_helper",
    "edit_initiative",
    "edit_step",
    "finish",
    "flag_overdue",
    "follow",
    "join",
    "moderate_initiative",
    "moderate_update",
    "move_step",
    "name_helper",
    "object_to_settlement",
    "offer_coordination",
    "post_update",
    "rate",
    "reword_rating",
    "settle_pledge",
    "start_initiative",
    "stop",
    "withdraw_pledge",
    "words_of_initiative",
    "words_of_update",
]
