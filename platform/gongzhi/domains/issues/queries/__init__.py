"""Reads of this room: one function, one question, all it needs loaded, scoped to what the actor may see."""

from .access import access_category, access_draft, access_issue, access_routing, access_template
from .catalogue import (
    CategoryGroup,
    RoutingRow,
    categories,
    office_for,
    offices,
    publishable_category,
    routing_table,
)
from .desk import DeskCounts, DeskQueue, desk_counts, drafts, office_queue, templates
from .listing import IssueFilters, IssueRow, Named, Order, list_issues, newest_issues
from .page import IssuePage, access_issue_page, access_shown_issue, issue_page, versions
from .people import participants, title_of
from .similar import SimilarIssue, similar_issues
from .tallies import empty_tally, my_votes, tallies, tally, tally_version
from .trace import TraceLink, register_link, trace

__all__ = [
    "CategoryGroup",
    "DeskCounts",
    "DeskQueue",
    "IssueFilters",
    "IssuePage",
    "IssueRow",
    "Named",
    "Order",
    "RoutingRow",
    "SimilarIssue",
    "TraceLink",
    "access_category",
    "access_draft",
    "access_issue",
    "access_issue_page",
    "access_routing",
    "access_shown_issue",
    "access_template",
    "categories",
    "desk_counts",
    "drafts",
    "empty_tally",
    "issue_page",
    "list_issues",
    "my_votes",
    "newest_issues",
    "office_for",
    "office_queue",
    "offices",
    "participants",
    "publishable_category",
    "register_link",
    "routing_table",
    "similar_issues",
    "tallies",
    "tally",
    "tally_version",
    "templates",
    "title_of",
    "trace",
    "versions",
]
