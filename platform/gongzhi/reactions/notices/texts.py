"""The sentences of notices, by name; `%(title)s` is the thing's title, `%(who)s` who did it."""

from __future__ import annotations

from gongzhi.kernel.text import lazy as _l
from gongzhi.reactions.notices.models import Channel, NoticeKind

KIND_LABELS = {
    NoticeKind.ANSWER: _l("Official answers"),
    NoticeKind.DECISION: _l("Decisions and their progress"),
    NoticeKind.BALLOT: _l("Ballots you may vote in"),
    NoticeKind.STATUS: _l("Changes of state"),
    NoticeKind.COMMENT: _l("New comments"),
    NoticeKind.REPLY: _l("Replies to you"),
    NoticeKind.MENTION: _l("Mentions of you"),
    NoticeKind.INITIATIVE: _l("Initiatives you take part in"),
    NoticeKind.AREA: _l("New in your areas"),
    NoticeKind.TASK: _l("Tasks of your office"),
    NoticeKind.ACCOUNT: _l("Your account and roles"),
}

CHANNEL_LABELS = {
    Channel.MAIL: _l("E-mail"),
    Channel.SMS: _l("SMS"),
    Channel.PUSH: _l("Push to a device"),
}

TEXTS = {
    "issue.answered": _l("“%(title)s” was answered by %(who)s."),
    "issue.answered_yours": _l("Your issue “%(title)s” was answered by %(who)s."),
    "area.issue": _l("New in your area: “%(title)s”."),
    "area.decision": _l("A decision in your area is on public notice: “%(title)s”."),
    "issue.accept": _l("“%(title)s” was accepted by an office."),
    "issue.start": _l("Work on “%(title)s” has begun."),
    "issue.resolve": _l("“%(title)s” is reported as resolved. Is it? Please rate it."),
    "issue.not_possible": _l("“%(title)s” cannot be done. The reason is on its page."),
    "issue.pause": _l("The deadline of “%(title)s” is paused. The reason is on its page."),
    "issue.changed": _l("“%(title)s” has moved on."),
    "issue.merged": _l("“%(title)s” was merged with another issue; your support counts there."),
    "issue.reopened": _l("“%(title)s” was reopened."),
    "issue.escalated": _l("“%(title)s” is overdue and went up to the next office."),
    "issue.new_task": _l("New for your office: “%(title)s”."),
    "issue.deadline": _l("The deadline of “%(title)s” comes near."),
    "issue.promise_near": _l("The next step your office promised on “%(title)s” is due in one working day."),
    "issue.promise_due": _l("The next step your office promised on “%(title)s” is due now."),
    "issue.rated_badly": _l("“%(title)s” was rated as not solved."),
    "comment.on_yours": _l("%(who)s commented on “%(title)s”."),
    "comment.official": _l("%(who)s spoke officially on “%(title)s”."),
    "comment.reply": _l("%(who)s replied to your comment on “%(title)s”."),
    "comment.mention": _l("%(who)s mentioned you on “%(title)s”."),
    "decision.to_review": _l("A decision waits for your review: “%(title)s”."),
    "decision.returned": _l("Your draft decision came back: “%(title)s”."),
    "decision.notice": _l("Decision “%(title)s” is on public notice; objections are possible until its end."),
    "decision.taken_back": _l("Decision “%(title)s” was taken back. The reason is on the issue's page."),
    "decision.objection": _l("Somebody objects to your decision “%(title)s”: it needs an answer."),
    "decision.objection_answered": _l("Your objection to “%(title)s” was answered."),
    "decision.published": _l("Decision published: “%(title)s”."),
    "decision.progress": _l("Progress on decision “%(title)s”."),
    "decision.kept": _l("A commitment of decision “%(title)s” was kept."),
    "decision.missed": _l("A commitment of decision “%(title)s” was missed. The reason is on its page."),
    "decision.done": _l("Decision “%(title)s” is carried out. Please rate it."),
    "decision.promise_due": _l("A commitment of decision “%(title)s” is due."),
    "ballot.to_approve": _l("A ballot waits for your approval: “%(title)s”."),
    "ballot.returned": _l("Your draft of a ballot came back: “%(title)s”."),
    "ballot.papers": _l("The papers of “%(title)s” were entered; a second official must count them."),
    "ballot.papers_differ": _l("The two counts of the papers of “%(title)s” differ. Please count again."),
    "ballot.opened": _l("You may vote in the ballot “%(title)s”. Its page says from when to when."),
    "ballot.started": _l("Voting has begun: “%(title)s”."),
    "ballot.closing": _l("The ballot “%(title)s” closes soon, and you have not voted yet."),
    "ballot.cancelled": _l("The ballot “%(title)s” was cancelled. The reason is on its page."),
    "ballot.certified": _l("The result of the ballot “%(title)s” is there. With your receipt you can find your vote."),
    "initiative.started": _l("An initiative has started: “%(title)s”."),
    "initiative.joined": _l("%(who)s joined “%(title)s”."),
    "initiative.left": _l("%(who)s left “%(title)s”."),
    "initiative.pledge": _l("A pledge was settled in “%(title)s”."),
    "initiative.step": _l("A step of “%(title)s” has moved on."),
    "initiative.update": _l("News from “%(title)s”."),
    "initiative.begun": _l("Joint work on “%(title)s” has begun."),
    "initiative.asked": _l("You are asked to coordinate “%(title)s”."),
    "initiative.disputed": _l("%(who)s objects to what was said of a pledge in “%(title)s”."),
    "initiative.overdue": _l("A pledge in “%(title)s” is overdue."),
    "initiative.stopped": _l("“%(title)s” was stopped. The reason is on its page."),
    "initiative.closed": _l("“%(title)s” is finished. Please rate it."),
    "account.contact_removed": _l(
        "A contact was removed from your account. If this was not you, choose a new password at once."
    ),
    "account.rights": _l("Your roles or organisations have changed."),
}
