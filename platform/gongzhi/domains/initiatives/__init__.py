"""Initiatives (共建): joint work on a goal, with needs, public pledges, steps, news, a report and ratings."""
