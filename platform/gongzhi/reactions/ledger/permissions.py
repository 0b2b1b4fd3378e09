"""What is public can be checked by everybody."""

from __future__ import annotations

from gongzhi.kernel.policy import anyone, permission

READ_LEDGER = permission("ledger:log:read", holders=anyone, about="Read and check the district's public ledger")
