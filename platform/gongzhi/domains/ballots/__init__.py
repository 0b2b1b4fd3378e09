"""Formal ballots: rules frozen at opening, sealed votes, paper counts, and a result anyone can recount."""
