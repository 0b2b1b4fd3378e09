"""Pages of decisions: reading, drafting, the way to publication and what follows."""

from gongzhi.domains.decisions.views import course, drafting, reading, voices  # noqa: F401 - they add the routes
from gongzhi.domains.decisions.views.page import blueprint

__all__ = ["blueprint"]
