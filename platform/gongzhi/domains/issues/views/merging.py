"""Merging begins with a search: which open issue carries on."""

from __future__ import annotations

from flask import render_template, request

from gongzhi.kernel.db import session
from gongzhi.kernel.guard import actor, guard

from .. import queries
from ..forms import MergeForm
from ..models import Issue
from ..permissions import MERGE_ISSUES
from ..queries import IssuePage, access_issue
from ..queries.mergeable import mergeable_issues


def merge_page(page: IssuePage, form: MergeForm, asked: str) -> str:
    """Search and candidates; choosing one and giving a reason merges."""
    return render_template(
        "issues/merge.html",
        page=page,
        issue=page.issue,
        form=form,
        asked=asked,
        rows=mergeable_issues(session(), actor(), page, asked),
    )


@guard(MERGE_ISSUES, issue=access_issue)
def merge_search(issue: Issue) -> str:
    """Find the issue that this one is to be merged into."""
    page = queries.access_issue_page(session(), actor(), issue.id)
    form = MergeForm(formdata=None, prefix="merge", version=str(page.issue.version), back=request.args.get("back", ""))
    form.into.data = request.args.get("into", "")
    return merge_page(page, form, request.args.get("q", "")[:200])
