"""`gongzhi import messages`: citizens' messages from a table into issues, safe to repeat."""

from .messages import Report, import_messages

__all__ = ["Report", "import_messages"]
