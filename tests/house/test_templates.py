"""Templates obey the strict content policy, and carry no macro that nothing uses."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from .tree import ROOT, shown, under

DATA_BLOCKS = {"application/json", "application/ld+json"}
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)")


class InlineFinder(HTMLParser):
    """Collects what a browser under `script-src 'self'; style-src 'self'` would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") not in DATA_BLOCKS):
            self.found.append((self.getpos()[0], f"<{tag}>"))
        for name, value in attrs:
            address = (value or "").strip().lower().startswith("javascript:")
            if name == "style" or name.startswith(("on", "hx-on")) or address:
                self.found.append((self.getpos()[0], f"{name} on <{tag}>"))
            if name in {"hx-vals", "hx-headers"} and (value or "").startswith(("js:", "javascript:")):
                self.found.append((self.getpos()[0], f"{name} with a script on <{tag}>"))


def inline_in(source: str) -> list[tuple[int, str]]:
    finder = InlineFinder()
    finder.feed(JINJA.sub(lambda match: "\n" * match.group().count("\n"), source))
    return finder.found


def test_the_finder_sees_what_it_looks_for():
    source = (
        '<p style="color:red">\n<a onclick="x()">\n<script>1</script>\n'
        '<script src="/a.js"></script><script type="application/json">{}</script>\n<style></style>'
    )
    assert [line for line, _what in inline_in(source)] == [1, 2, 3, 5]


def test_no_template_has_inline_script_or_style():
    wrong = [
        f"{shown(path, line)}: {what}"
        for path in under("templates/", suffixes=(".html",))
        for line, what in inline_in(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_every_macro_is_used():
    sources = {path: path.read_text(encoding="utf-8") for path in under("templates/", suffixes=(".html", ".txt"))}
    everything = "\n".join(sources.values())
    idle = [
        f"{shown(path)}: {name}"
        for path, source in sources.items()
        for name in MACRO.findall(source)
        if len(re.findall(rf"(?<!macro )\b{name}\s*\(", everything)) == 0
    ]
    assert (ROOT / "templates" / "ui").is_dir()
    assert idle == []
