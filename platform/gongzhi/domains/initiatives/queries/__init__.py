"""Reads of this room: one function, one question, all it needs loaded, scoped to what the actor may see."""

from .access import access_initiative, access_need, access_pledge, access_rating, access_step, access_update
from .concerned import (
    is_concerned,
    is_participant,
    linked_issues,
    open_pledges,
    overdue_pledges,
    participant,
    pledges_of,
    rated_out,
)
from .listing import InitiativeRow, initiatives_of, list_initiatives, needs_of, not_hidden
from .page import (
    InitiativePage,
    PledgeView,
    Who,
    access_initiative_page,
    list_pledges,
    participants_to_choose,
    pledge_view,
)

__all__ = [
    "InitiativePage",
    "InitiativeRow",
    "PledgeView",
    "Who",
    "access_initiative",
    "access_initiative_page",
    "access_need",
    "access_pledge",
    "access_rating",
    "access_step",
    "access_update",
    "initiatives_of",
    "is_concerned",
    "is_participant",
    "linked_issues",
    "list_initiatives",
    "list_pledges",
    "needs_of",
    "not_hidden",
    "open_pledges",
    "overdue_pledges",
    "participant",
    "participants_to_choose",
    "pledge_view",
    "pledges_of",
    "rated_out",
]
