"""Pages of ballots."""

from . import administration, course, drafting, papers, reading, voting  # noqa: F401 - they add their routes
from .page import blueprint

blueprints = [blueprint, administration.blueprint]
