"""Civility: reports, a queue, measures with reasons, appeals, and what the public may know of it."""
