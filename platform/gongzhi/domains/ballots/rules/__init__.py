"""How ballots are ruled, sealed, counted and checked: pure functions, integers and fractions only."""

from .document import verify_ballot

__all__ = ["verify_ballot"]
