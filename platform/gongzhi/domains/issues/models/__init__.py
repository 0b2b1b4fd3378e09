"""The tables of this room, by meaning: the catalogue, the issue itself, voices on it, and answers to it."""

from .answers import Answer, AnswerTemplate
from .catalogue import Category, Routing, Urgency
from .issue import (
    NO_DEADLINE,
    DeadlineMark,
    Issue,
    IssueDraft,
    IssuePhoto,
    IssueState,
    IssueTransition,
    IssueVersion,
    Pause,
    Source,
    Triage,
)
from .voices import Chamber, Choice, Follow, Rating, ReopenRequest, Solved, Vote, VoteTally
from .words import WORDS, put_words

__all__ = [
    "NO_DEADLINE",
    "WORDS",
    "Answer",
    "AnswerTemplate",
    "Category",
    "Chamber",
    "Choice",
    "DeadlineMark",
    "Follow",
    "Issue",
    "IssueDraft",
    "IssuePhoto",
    "IssueState",
    "IssueTransition",
    "IssueVersion",
    "Pause",
    "Rating",
    "ReopenRequest",
    "Routing",
    "Solved",
    "Source",
    "Triage",
    "Urgency",
    "Vote",
    "VoteTally",
    "put_words",
]
