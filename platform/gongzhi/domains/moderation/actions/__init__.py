"""The things people do here, by meaning: reporting, measures, appeals, publishing."""

from .appeals import decide_appeal, escalate_overdue, file_appeal
from .measures import claim, decide, look_at_originals, passages_of, release_expired
from .publishing import publish_statistics
from .reporting import file_report, forget_networks, open_case

__all__ = [
    "claim",
    "decide",
    "decide_appeal",
    "escalate_overdue",
    "file_appeal",
    "file_report",
    "forget_networks",
    "look_at_originals",
    "open_case",
    "passages_of",
    "publish_statistics",
    "release_expired",
]
