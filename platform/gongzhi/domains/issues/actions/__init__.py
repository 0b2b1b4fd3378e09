"""The things people do with issues: the only code that writes this room's tables; never commits."""

from .catalogue import (
    install_categories,
    remove_routing,
    retire_template,
    save_category,
    save_template,
    set_routing,
)
from .deadlines import sweep_deadlines, sweep_issue
from .drafts import PhotoIn, drop_draft, save_draft
from .following import follow, follow_issue, unfollow, unfollow_issue
from .handling import (
    accept_issue,
    answer_issue,
    correct_routing,
    declare_not_possible,
    extend_deadline,
    pause_issue,
    resolve_issue,
    resume_issue,
    start_work,
    triage_issue,
)
from .leaving import erase_issues, export_issues, move_votes
from .links import add_link
from .merging import merge_issues
from .moderating import moderate_issue, words_of_issue
from .outcome import Reopening, close_finished, office_above, rate_issue, reopen_issue
from .scores import count_comment, refresh_scores
from .voting import cast_vote, recount, retract_vote, vote_now
from .writing import add_note, edit_issue, import_issue, place_chain, publish_issue, withdraw_issue

__all__ = [
    "PhotoIn",
    "Reopening",
    "accept_issue",
    "add_link",
    "add_note",
    "answer_issue",
    "cast_vote",
    "close_finished",
    "correct_routing",
    "count_comment",
    "declare_not_possible",
    "drop_draft",
    "edit_issue",
    "erase_issues",
    "export_issues",
    "extend_deadline",
    "follow",
    "follow_issue",
    "import_issue",
    "install_categories",
    "merge_issues",
    "moderate_issue",
    "move_votes",
    "office_above",
    "pause_issue",
    "place_chain",
    "publish_issue",
    "rate_issue",
    "recount",
    "refresh_scores",
    "remove_routing",
    "reopen_issue",
    "resolve_issue",
    "resume_issue",
    "retire_template",
    "retract_vote",
    "save_category",
    "save_draft",
    "save_template",
    "set_routing",
    "start_work",
    "sweep_deadlines",
    "sweep_issue",
    "triage_issue",
    "unfollow",
    "unfollow_issue",
    "vote_now",
    "withdraw_issue",
    "words_of_issue",
]
