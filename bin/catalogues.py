"""The translation catalogues: compile them, and tell what is missing.

Every room keeps its own file, `platform/gongzhi/locales/<language>/<room>.po`; the platform
reads one compiled catalogue per language, merged from them. Message ids are the English
sentences themselves, so English needs none.

    python bin/catalogues.py compile     write locales/build/<language>/LC_MESSAGES/messages.mo
    python bin/catalogues.py check       print what is missing or wrong, as entries to fill in
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "platform" / "gongzhi" / "locales"
LANGUAGES = ("zh_Hans_CN",)

METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
OPTIONS = {
    pattern: {"encoding": "utf-8", "silent": "false", "trimmed": "true", "extensions": "jinja2.ext.do"}
    for pattern in ("**.html", "**.txt")
}
KEYWORDS = {
    "_": None,
    "_l": None,
    "_n": (1, 2),
    "_nl": (1, 2),
    "gettext": None,
    "lazy": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "lazy_plural": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}
# Chinese sentences take full-width marks; what stands in numbers, times, addresses, code and Latin words stays.
FULL_WIDTH = dict(zip(",:;?!()", "\uff0c\uff1a\uff1b\uff1f\uff01\uff08\uff09", strict=True))
IDEOGRAPH = re.compile("[\u3400-\u9fff]")
KEPT_AS_IS = re.compile(r"https?://[!-~]+|`[^`]*`|<[^<>]*>|\]\([^()]*\)|%\(\w+\)[sd]|%%|\{\w+\}")
CHINESE_BESIDE = re.compile("[\u3400-\u9fff\u3000-\u303f\uff00-\uffef\u2018-\u201d\ue000]")
PLACES = re.compile(r"%\((\w+)\)[sd]|(?<!%)%(?!%|\()[sd]")


def read(path: Path, language: str) -> Catalog:
    """One room's catalogue; a broken file is an error, not a shorter catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def merged(language: str) -> Catalog:
    """All rooms' entries in one catalogue."""
    whole = Catalog(locale=language)
    for path in sorted((LOCALES / language).glob("*.po")):
        for message in read(path, language):
            if message.id:
                whole.add(message.id, message.string, flags=message.flags, context=message.context)
    return whole


def extracted() -> Catalog:
    """Every sentence marked for translation in the code and the templates."""
    whole = Catalog()
    for folder in ("platform/gongzhi", "templates"):
        for name, line, message, _comments, context in extract_from_dir(ROOT / folder, METHODS, OPTIONS, KEYWORDS):
            if message:
                whole.add(message, locations=[(f"{folder}/{name}", line)], context=context)
    return whole


def compile_all() -> None:
    """Write the compiled catalogues, each in one step so that a running server never reads half of one."""
    for language in LANGUAGES:
        folder = LOCALES / "build" / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / "messages.mo.new"
        with partial.open("wb") as file:
            write_mo(file, merged(language))
        partial.replace(folder / "messages.mo")


@dataclass
class Findings:
    """What is wrong with one language: entries to fill in, and sentences that say what else."""

    missing: Catalog
    wrong: list[str] = field(default_factory=list)

    @property
    def none(self) -> bool:
        return not len(self.missing) and not self.wrong


def findings(language: str, sentences: Catalog) -> Findings:
    """Compare a language's catalogues with the sentences in use."""
    result = Findings(Catalog(locale=language))
    known = merged(language)
    for sentence in sentences:
        if not sentence.id:
            continue
        entry = known.get(sentence.id, sentence.context)
        if entry is None or not all(strings(entry)):
            result.missing.add(sentence.id, locations=sentence.locations, context=sentence.context)
        elif entry.fuzzy:
            result.wrong.append(f"fuzzy: {sentence.id!r}")
        else:
            result.wrong += misplaced(entry)
    result.wrong += contradictions(language)
    if language.startswith("zh"):
        result.wrong += half_width(language)
    return result


def strings(entry: Message) -> tuple[str, ...]:
    """The translation's forms: one, or one for each plural of the language."""
    return entry.string if isinstance(entry.string, tuple) else (entry.string or "",)


def misplaced(entry: Message) -> list[str]:
    """Places to fill in, like %(name)s, that a translation lacks or invents.

    A plural form may leave the number out ("one day"), but no form may ask for what is not given.
    """
    sources = entry.id if isinstance(entry.id, (tuple, list)) else (entry.id,)
    given = {place for source in sources for place in places(source)}
    wrong = []
    for text in strings(entry):
        used = set(places(text))
        if used - given or (len(sources) == 1 and used != given):
            wrong.append(f"places differ: {entry.id!r} → {text!r}")
    return wrong


def places(text: str) -> list[str]:
    return [found.group(0) for found in PLACES.finditer(text)]


def in_full_width(text: str) -> str:
    """The text with full-width marks wherever one stands beside Chinese or a place to fill in.

    A text without a Chinese character is left alone; a pair of brackets changes together.
    """
    if not IDEOGRAPH.search(text):
        return text
    kept: list[str] = []

    def put_aside(found: re.Match[str]) -> str:
        """Places to fill in count as Chinese beside a mark; the rest does not."""
        kept.append(found.group(0))
        return "\ue000" if found.group(0).startswith(("%(", "{")) else "\ue001"

    bare = KEPT_AS_IS.sub(put_aside, text)
    bare = re.sub(r" ?\(([^()]*)\)( ?)", _brackets, bare)
    bare = re.sub(r"(?P<before>.?)(?P<mark>[,:;?!])(?P<space> ?)(?=(?P<after>.?))", _mark, bare, flags=re.DOTALL)
    whole = iter(kept)
    return re.sub("[\ue000\ue001]", lambda _found: next(whole), bare)


def _brackets(found: re.Match[str]) -> str:
    before = found.string[found.start() - 1 : found.start()]
    after = found.group(2) or found.string[found.end() : found.end() + 1]
    if any(CHINESE_BESIDE.search(part) for part in (before, found.group(1), after)):
        return f"\uff08{found.group(1)}\uff09"
    return found.group(0)


def _mark(found: re.Match[str]) -> str:
    before, mark, space, after = found.group("before", "mark", "space", "after")
    if CHINESE_BESIDE.match(before) or CHINESE_BESIDE.match(after):
        return before + FULL_WIDTH[mark]
    return before + mark + space


def half_width(language: str) -> list[str]:
    """Translations in which a mark is narrower than the Chinese beside it."""
    wrong = []
    for path in sorted((LOCALES / language).glob("*.po")):
        for message in read(path, language):
            wrong += [
                f"half-width marks in {path.name}: {text!r}"
                for text in strings(message)
                if message.id and in_full_width(text) != text
            ]
    return wrong


def contradictions(language: str) -> list[str]:
    """Sentences that two rooms translate differently: which one a reader sees would be chance."""
    seen: dict[tuple[object, str | None], tuple[Path, object]] = {}
    wrong = []
    for path in sorted((LOCALES / language).glob("*.po")):
        for message in read(path, language):
            if not message.id:
                continue
            key = (message.id, message.context)
            first, string = seen.setdefault(key, (path, message.string))
            if string != message.string:
                said = f"{first.name} says {string!r}, {path.name} {message.string!r}"
                wrong.append(f"{said} for {message.id!r}")
    return wrong


def check_all() -> int:
    """Print what is missing or wrong; the number of findings decides the exit status."""
    sentences = extracted()
    total = 0
    for language in LANGUAGES:
        found = findings(language, sentences)
        if len(found.missing):
            write_po(sys.stdout.buffer, found.missing, omit_header=True, width=0)
            sys.stdout.flush()
        for sentence in found.wrong:
            print(sentence)
        count = len(found.missing) + len(found.wrong)
        total += count
        print(f"{language}: {count} to mend" if count else f"{language}: full", flush=True)
    return 1 if total else 0


def main(words: list[str]) -> int:
    if words == ["compile"]:
        compile_all()
        return 0
    if words == ["check"]:
        return check_all()
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
