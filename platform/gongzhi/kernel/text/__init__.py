"""Words: messages, clean input, Markdown, and search over Chinese and Latin text."""

from gongzhi.kernel.text.clean import check_length, clean_line, clean_text, length, shorten
from gongzhi.kernel.text.highlight import highlight
from gongzhi.kernel.text.links import links_in
from gongzhi.kernel.text.markdown import excerpt, plain, render_markdown
from gongzhi.kernel.text.messages import Lazy, Message, lazy, lazy_plural, set_translator, speaking, spoken
from gongzhi.kernel.text.query import Phrase, Terms, phrase_of, search_query, to_fts5, to_tsquery
from gongzhi.kernel.text.similar import similar_terms
from gongzhi.kernel.text.words import bigrams, to_tsvector, tokens

__all__ = [
    "Lazy",
    "Message",
    "Phrase",
    "Terms",
    "bigrams",
    "check_length",
    "clean_line",
    "clean_text",
    "excerpt",
    "highlight",
    "lazy",
    "lazy_plural",
    "length",
    "links_in",
    "phrase_of",
    "plain",
    "render_markdown",
    "search_query",
    "set_translator",
    "shorten",
    "similar_terms",
    "speaking",
    "spoken",
    "to_fts5",
    "to_tsquery",
    "to_tsvector",
    "tokens",
]
