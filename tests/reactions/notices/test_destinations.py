"""A letter is written by a job, outside of every request: the page it leads to is found there as well."""

from __future__ import annotations

import pytest

from gongzhi.kernel.ids import new_id
from gongzhi.reactions.notices import channels
from gongzhi.reactions.notices.models import Notice, NoticeKind

LEADS = {
    ("issue", NoticeKind.STATUS): "/issues/{id}",
    ("decision", NoticeKind.DECISION): "/decisions/{id}",
    ("ballot", NoticeKind.BALLOT): "/ballots/{id}",
    ("initiative", NoticeKind.INITIATIVE): "/initiatives/{id}",
    ("measure", NoticeKind.ACCOUNT): "/moderation/measures/{id}",
    ("case", NoticeKind.TASK): "/moderation/cases/{id}",
    ("appeal", NoticeKind.TASK): "/moderation/appeals/{id}",
    ("report", NoticeKind.STATUS): "/moderation/reports",
}


@pytest.mark.parametrize(("lead", "path"), LEADS.items(), ids=str)
def test_a_letter_leads_to_the_thing_it_is_about(app, lead, path):
    kind, about = lead
    key = new_id()
    notice = Notice(subject_kind=kind, subject_id=key, kind=about, text="", details={})
    assert channels.site().path_of(notice) == path.format(id=key)
