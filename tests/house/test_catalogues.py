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


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("请先登录,再表态!", "请先登录，再表态！"),
        ("例如: 20 (平方米)", "例如：20（平方米）"),
        ("%(name)s, 您好", "%(name)s，您好"),
        ("还有 {n} 项(共 %(all)s 项)", "还有 {n} 项（共 %(all)s 项）"),
        ("支持 Markdown,也支持链接", "支持 Markdown，也支持链接"),
        ("每天 8:30 开门,共 12,000 元", "每天 8:30 开门，共 12,000 元"),
        ("见 https://example.org/a?b=1,c 和 `a, b`", "见 https://example.org/a?b=1,c 和 `a, b`"),
        ("[说明](/docs/a) 和 Open (API) 文档", "[说明](/docs/a) 和 Open (API) 文档"),
        ("%(support)s, %(oppose)s", "%(support)s, %(oppose)s"),
    ],
)
def test_marks_beside_chinese_are_full_width_and_those_of_numbers_addresses_and_code_stay(catalogues, text, wide):
    assert catalogues.in_full_width(text) == wide
    assert catalogues.in_full_width(wide) == wide


def test_chinese_pages_and_documents_have_full_width_marks(catalogues):
    pages = [*(ROOT / "templates" / "site" / "zh").glob("*.md"), *(ROOT / "docs" / "zh").glob("*.md")]
    assert pages
    narrow = [
        f"{page.name}:{number}"
        for page in pages
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1)
        if catalogues.in_full_width(line) != line
    ]
    assert narrow == []
