"""Issues over the JSON API, as product.md names it."""

from . import acting, reading

__all__ = ["acting", "reading"]
