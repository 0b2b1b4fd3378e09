"""The main pages, as they are served: accessible, inside the screen, quiet, and each in one language."""

from __future__ import annotations

import re
from pathlib import Path

import axe_playwright_python
import pytest

from tests.journeys.site import People, Person

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [("zh", 390), ("en", 1280)]

# A path, or the list whose first entry is opened.
PUBLIC = [
    "/",
    "/issues",
    "/issues?view=map",
    "/issues > #items h2 a",
    "/decisions",
    "/decisions > #decisions h2 a",
    "/initiatives",
    "/initiatives > main ol.items a[href^='/initiatives/']",
    "/places",
    "/places > main a[href^='/places/']",
    "/search?q=电梯",
    "/sign-in",
    "/register",
    "/password/forgotten",
    "/organisations",
    "/about/how-decisions-are-made",
    "/about/privacy",
    "/about/accessibility",
    "/api/docs",
    "/no-such-page",
]
PAGES = {
    None: PUBLIC,
    "resident": [
        "/issues/new",
        "/issues > #items h2 a",
        "/initiatives/new",
        "/initiatives > main ol.items a[href^='/initiatives/']",
        "/my",
        "/notices",
        "/notices/preferences",
        "/account",
        "/account/sessions",
        "/account/organisations",
        "/organisations/apply",
    ],
    "official": [
        "/desk",
        "/desk?queue=to_answer > main a[href*='issue=']",
        "/desk/templates",
        "/desk/residents",
        "/decisions/new",
    ],
    "admin": [
        "/admin",
        "/admin/categories",
        "/admin/categories > main a[href^='/admin/categories/']:not([href$=new])",
        "/admin/routing",
        "/admin/places",
        "/admin/accounts",
        "/admin/organisations",
        "/desk/organisations",
    ],
}

# The site's own words: not what people wrote, not their names, not a word in its own language.
OWN_WORDS = """() => {
  const chrome = "header, nav, footer, button, label, legend, summary, th, dt, .tag, .tabs a, .chips a, .hint";
  const others = "[lang]:not(html), .acting-name, .who-name, .demo-account, [action='/acting-as'], code, pre, time, a[href^='mailto:']";
  const found = new Set();
  const walk = (root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const words = texts.currentNode.textContent.trim();
      if (words && !texts.currentNode.parentElement.closest(others + ", script, style, option")) found.add(words);
    }
  };
  document.querySelectorAll(chrome).forEach(walk);
  document.querySelectorAll("[aria-label], [placeholder]").forEach((one) => {
    if (!one.closest(others)) for (const name of ["aria-label", "placeholder"]) {
      if (one.hasAttribute(name)) found.add(one.getAttribute(name));
    }
  });
  return [...found];
}"""
CHINESE = re.compile(r"[\u3400-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,}")
NAMES_IN_CHINESE = re.compile(
    r"Markdown|OpenAPI|JSON|API|KB|MB|PDF|GeoJSON|JPEG|PNG|WebP|Gongzhi|gongzhi-demo|https?://\S+|\S+@\S+|WCAG|EXIF|Word|Excel|/\S+"
)
# Sentences of the site around what people wrote, and amounts in people's own units.
AROUND_WORDS = re.compile(r"^(Your reply to|Discard the draft|Still needed:|Pledge:) .+|.+ pledged$")


def opened(person: Person, path: str) -> bool:
    """Open a page, or the first entry of the list that is meant; whether there was one."""
    start, _arrow, selector = path.partition(" > ")
    person.go(start)
    if selector:
        hrefs = person.page.locator(selector).evaluate_all("links => links.map((one) => one.getAttribute('href'))")
        if not hrefs:
            return False
        person.go(hrefs[0])
    return True


def complaints(person: Person, path: str, language: str, width: int) -> list[str]:
    """All that is wrong with the page shown."""
    page = person.page
    found = [text for text in person.complaints if not (path == "/no-such-page" and "404" in text)]
    person.complaints.clear()
    page.evaluate(AXE)
    result = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
    found += [f"{one['id']}: {node['html'][:160]}" for one in result["violations"] for node in one["nodes"][:3]]
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found.append(f"{wide} px wide on a screen of {width}: {page.evaluate(WIDEST, width)}")
    words = page.evaluate(OWN_WORDS)
    if language == "en":
        found += [f"Chinese: {text[:80]}" for text in words if CHINESE.search(text) and not AROUND_WORDS.search(text)]
    else:
        found += [f"English: {text[:80]}" for text in words if ENGLISH.search(NAMES_IN_CHINESE.sub("", text))]
    return [f"{path} [{language} {width}] {text}" for text in found]


WIDEST = """width => [...document.querySelectorAll("main *, header *, footer *")]
  .filter((one) => one.getBoundingClientRect().right > width + 1).slice(-3).map((one) => one.outerHTML.slice(0, 100))"""


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("language", "width"), LOOKS)
@pytest.mark.parametrize("who", list(PAGES), ids=lambda who: who or "visitor")
def test_pages_are_accessible_inside_the_screen_and_in_one_language(
    people: People, who: str | None, language: str, width: int
) -> None:
    person = people.at(who, width=width, language=language)
    person.complaints.clear()
    found = []
    for path in PAGES[who]:
        found += complaints(person, path, language, width) if opened(person, path) else [f"{path}: no entry"]
    assert found == []
