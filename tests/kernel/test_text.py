import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.kernel.text import (
    check_length,
    clean_line,
    clean_text,
    excerpt,
    length,
    plain,
    render_markdown,
    shorten,
)

anything = st.text(alphabet=st.characters(exclude_categories=[]))


@given(anything)
def test_clean_text_can_always_be_stored_and_cleaning_again_changes_nothing(text):
    for clean in (clean_line, clean_text):
        cleaned = clean(text)
        assert "\0" not in cleaned
        assert cleaned.encode().decode() == cleaned
        assert unicodedata.is_normalized("NFC", cleaned)
        assert clean(cleaned) == cleaned
    assert not set("\n\r\t\v\f") & set(clean_line(text))


@given(anything)
def test_clean_text_has_no_trailing_spaces(text):
    assert all(line == line.rstrip() for line in clean_text(text).split("\n"))


def test_cleaning_removes_what_nobody_sees_and_keeps_what_people_write():
    assert clean_line("  停车\u202e难\u200b \t\u3000问题\ud800\0 ") == "停车难 问题"
    assert clean_line("👨‍👩‍👧 𠀀") == "👨‍👩‍👧 𠀀"
    assert clean_line("\u200d \ufe0f\u3164") == ""
    assert clean_text("\r\n一  \r\n\r\n\t二\v三\n\n") == "一\n\n\t二\n三"
    assert clean_text(" \n\u200b\n") == ""
    assert clean_line("e\u0301") == "é"


def test_length_counts_characters_as_people_do():
    assert length("𠀀e\u0301") == 2
    assert check_length("好", 2, 5) is not None
    assert str(check_length("六个字符在此", 2, 5)) == "Please keep to 5 characters; there are 6 now."
    assert str(check_length("", 1, 5)) == "Please enter at least 1 character."
    assert check_length("刚好", 2, 5) is None


@given(anything, st.integers(1, 30))
def test_a_shortened_text_is_never_longer_than_asked(text, longest):
    assert len(shorten(text, longest)) <= longest


def test_shortening_does_not_tear_a_character_apart():
    assert shorten("ab👨‍👩‍👧cd", 5) == "ab…"
    assert shorten("abcde", 5) == "abcde"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("# 标题", "<h3>标题</h3>\n"),
        ("###### 小", "<h6>小</h6>\n"),
        ("一\n二 **三** ~~四~~", "<p>一<br>\n二 <strong>三</strong> <s>四</s></p>\n"),
        ("<b onclick=x>粗</b>", "<p>&lt;b onclick=x&gt;粗&lt;/b&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[站内](/issues/1)", '<p><a rel="nofollow noopener ugc">站内</a></p>\n'),
        ("[x](//evil.example)", '<p><a rel="nofollow noopener ugc">x</a></p>\n'),
        ('[x](https://a.cn "t")', '<p><a href="https://a.cn" rel="nofollow noopener ugc">x</a></p>\n'),
        (
            "见 https://a.cn/b?c=1&d=2。谢谢",
            '<p>见 <a href="https://a.cn/b?c=1&amp;d=2" rel="nofollow noopener ugc">https://a.cn/b?c=1&amp;d=2</a>。谢谢</p>\n',
        ),
        ("`https://a.cn`", "<p><code>https://a.cn</code></p>\n"),
        ("|a|b|\n|-|-|\n|1|2|", "<p>|a|b|<br>\n|-|-|<br>\n|1|2|</p>\n"),
    ],
)
def test_markdown_becomes_the_plain_html_we_allow(source, html):
    assert render_markdown(source) == html


def test_pictures_are_not_loaded_from_elsewhere():
    assert "<img" not in render_markdown("![x](https://a.cn/x.png)")


@given(
    st.lists(
        st.sampled_from(
            [
                "<",
                ">",
                '"',
                "'",
                "[",
                "](",
                ")",
                "`",
                "javascript:",
                "https://a.cn",
                "\n",
                "*",
                "~~",
                "# ",
                "> ",
                "<img src=x onerror=y>",
                "文",
                "&#x3c;script&#x3e;",
                "data:text/html,",
                "![",
            ]
        ),
        max_size=25,
    )
)
def test_no_markdown_gets_a_script_an_image_or_a_foreign_scheme_through(pieces):
    html = render_markdown("".join(pieces)).lower()
    assert "<img" not in html
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html


def test_an_excerpt_is_plain_words():
    assert plain("# 标题\n看 **这里**\n第二行\n\n- 一\n- 二\n```\nx<y\n```") == "标题 看 这里 第二行 一 二 x<y"
    assert excerpt("**很长**的一段话", 5) == "很长的一…"
