"""Words: messages, clean input, Markdown, and search over Chinese and Latin text."""

from gongzhi.kernel.text.messages import Lazy, Message, lazy, lazy_plural, set_translator

__all__ = ["Lazy", "Message", "lazy", "lazy_plural", "set_translator"]
