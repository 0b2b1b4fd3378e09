"""Both languages are complete: each sentence marked in code or templates has its translation."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from .tree import ROOT


@pytest.fixture(scope="module")
def catalogues():
    spec = importlib.util.spec_from_file_location("catalogues", ROOT / "bin" / "catalogues.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["catalogues"] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    yield module
    del sys.modules["catalogues"]


@pytest.fixture(scope="module")
def sentences(catalogues):
    return catalogues.extracted()


def test_sentences_are_found_in_code_and_in_templates(sentences):
    places = [path for sentence in sentences for path, _line in sentence.locations]
    assert any(path.endswith(".py") for path in places)
    assert any(path.endswith(".html") for path in places)


def test_chinese_has_every_sentence_with_the_same_places_to_fill_in(catalogues, sentences):
    found = catalogues.findings("zh_Hans_CN", sentences)
    missing = [f"{entry.id!r} ({entry.locations[0][0]})" for entry in found.missing if entry.id]
    assert missing == []
    assert found.wrong == []


def test_sentences_in_the_source_are_english(sentences):
    for sentence in sentences:
        texts = sentence.id if isinstance(sentence.id, (tuple, list)) else (sentence.id,)
        assert not any("\u4e00" <= character <= "\u9fff" for text in texts for character in text), sentence.id


@pytest.mark.parametrize(
    ("msgid", "msgstr", "wrong"),
    [
        ("%(name)s wrote", "%(name)s 写道", False),
        ("%(name)s wrote", "写道", True),
        ("%(name)s wrote", "%(who)s 写道", True),
        (("%(num)s day", "%(num)s days"), ("%(num)s 天",), False),
        (("One day", "%(num)s days"), ("%(num)s 天",), False),
        (("One day", "%(num)s days"), ("%(count)s 天",), True),
        ("100%", "百分之百", False),
    ],
)
def test_a_translation_with_other_places_is_told(catalogues, msgid, msgstr, wrong):
    entry = catalogues.Message(msgid, msgstr)
    assert bool(catalogues.misplaced(entry)) is wrong
