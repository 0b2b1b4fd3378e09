"""What a clock starts, and how often: the one list. Every job is safe to run twice or in two workers."""

from __future__ import annotations

from gongzhi.domains.ballots.jobs import sweep as sweep_ballots
from gongzhi.domains.decisions.jobs import sweep as sweep_decisions
from gongzhi.domains.initiatives import jobs as initiatives
from gongzhi.domains.issues import jobs as issues
from gongzhi.domains.moderation import jobs as moderation
from gongzhi.domains.people import jobs as people
from gongzhi.domains.people.delivery import forget_expired, send_waiting_messages
from gongzhi.kernel.api import forget_old_keys
from gongzhi.reactions.ledger.heads import sign_grown_logs
from gongzhi.reactions.notices.jobs import JOBS as NOTICES
from gongzhi.web.jobs import Job

SCHEDULE = (
    Job("people.messages", 2, send_waiting_messages),
    Job("people.forget", 3600, forget_expired),
    *(Job(*entry) for entry in people.JOBS),
    *(Job(*entry) for entry in issues.JOBS),
    Job("ballots.sweep", 5, sweep_ballots),
    Job("decisions.sweep", 600, sweep_decisions),
    *(Job(*entry) for entry in initiatives.JOBS),
    Job("ledger.heads", 60, sign_grown_logs),
    *(Job(*entry) for entry in NOTICES),
    *(Job(*entry) for entry in moderation.JOBS),
    Job("idempotency.forget", 3600, forget_old_keys),
)
