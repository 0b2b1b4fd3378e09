"""No published address vanishes: programs, bookmarks and printed QR codes rely on them."""

from __future__ import annotations

from pathlib import Path

LIST = Path(__file__).with_name("published_urls.txt")


def _rules(application):
    return {
        f"{method} {rule.rule}"
        for rule in application.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_published_address_is_still_there(application):
    published = set(LIST.read_text(encoding="utf-8").split("\n")) - {""}
    assert published, "the list of published addresses is empty"
    assert not published - _rules(application)


def test_every_address_is_published_in_the_list(application):
    published = set(LIST.read_text(encoding="utf-8").split("\n"))
    missing = sorted(_rules(application) - published)
    assert not missing, "add to tests/house/published_urls.txt:\n" + "\n".join(missing)
