"""Markdown of residents and officials, made into HTML that cannot do harm.

Two fences stand behind each other: the parser knows no raw HTML and no images, and the
sanitiser lets only the listed tags and attributes through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from gongzhi.kernel.text.clean import shorten

TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6",
    "hr", "li", "ol", "p", "pre", "s", "strong", "ul",
}  # fmt: skip
ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
LINK_REL = "nofollow noopener ugc"

# The page has h1 and h2 of its own.
_DEMOTED = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
# An address ends before white space, quotes, brackets and Chinese punctuation.
_ADDRESS = re.compile(r"https?://[^\s<>\"'`()\u2018-\u201d\u3000-\u303f\uff00-\uffef]+")
_NOT_AT_THE_END = ".,;:!?*_~"


def _fit_headings(state: StateCore) -> None:
    for token in state.tokens:
        token.tag = _DEMOTED.get(token.tag, token.tag)


def _link_addresses(state: StateCore) -> None:
    """Turn plain web addresses into links, except inside links."""
    for token in state.tokens:
        if token.type == "inline" and token.children and "://" in token.content:
            token.children = list(_with_links(token.children))


def _with_links(tokens: list[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        if token.type in {"link_open", "link_close"}:
            depth += token.nesting
        if token.type == "text" and depth == 0:
            yield from _split_addresses(token)
        else:
            yield token


def _split_addresses(token: Token) -> Iterator[Token]:
    end = 0
    for found in _ADDRESS.finditer(token.content):
        address = found.group().rstrip(_NOT_AT_THE_END)
        yield _text(token.content[end : found.start()], token.level)
        yield Token("link_open", "a", 1, attrs={"href": address}, level=token.level)
        yield _text(address, token.level + 1)
        yield Token("link_close", "a", -1, level=token.level)
        end = found.start() + len(address)
    yield _text(token.content[end:], token.level)


def _text(content: str, level: int) -> Token:
    return Token("text", "", 0, content=content, level=level)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable("strikethrough").disable("image")
    parser.core.ruler.push("fit_headings", _fit_headings)
    parser.core.ruler.push("link_addresses", _link_addresses)
    return parser


_PARSER = _parser()


def render_markdown(text: str) -> Markup:
    """The HTML of a Markdown text, sanitised; a single line feed is a line break."""
    return Markup(  # noqa: S704 - sanitised by nh3 just here
        nh3.clean(
            _PARSER.render(text),
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes=SCHEMES,
            # A relative link would point at other things wherever the text is shown.
            url_relative="deny",
            link_rel=LINK_REL,
        )
    )


def plain(text: str) -> str:
    """The words of a Markdown text in one line, without its marks."""
    pieces: list[str] = []
    for token in _PARSER.parse(text):
        if token.type == "inline":
            pieces.append("".join(_words(token.children or [])))
        elif token.content:
            pieces.append(token.content)
    return " ".join(" ".join(pieces).split())


def _words(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        yield " " if token.type in {"softbreak", "hardbreak"} else token.content


def excerpt(text: str, longest: int = 120) -> str:
    """The beginning of a Markdown text as plain words."""
    return shorten(plain(text), longest)
