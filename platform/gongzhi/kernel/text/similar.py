"""The most telling words of a text, to find texts that speak of the same thing."""

from __future__ import annotations

import math
from collections import Counter

from gongzhi.kernel.text.query import Phrase, Terms, phrase_of

# Parts of speech as the segmenter names them: things, places, what happens, what it is like.
_TELLING = ("n", "v", "a", "l", "i", "j", "eng")
_LONGEST_TEXT = 4_000
_SHORTEST_WORD = 2
# Words that every report contains.
_COMMON = frozenset(
    # Quoted one by one, this list would be a page long.
    "希望 建议 问题 情况 居民 社区 小区 反映 没有 可以 可能 进行 需要 存在 影响 联系 附近 "  # noqa: SIM905
    "解决 处理 要求 有关 相关 是否 已经 能够 应该 觉得 认为 "
    "the and for that this with are was were have has not but please our from they you can "
    "will there would should when which been their".split()
)


def similar_terms(text: str, most: int = 10) -> Terms:
    """The telling words, most telling first; ask for any of them (``joined_by="OR"``)."""
    # The dictionary costs 15 MB and a moment to load: only for those who ask.
    import rjieba

    counts: Counter[str] = Counter()
    for word, kind in rjieba.tag(text[:_LONGEST_TEXT]):
        bare = word.strip().lower()
        if kind.startswith(_TELLING) and len(bare) >= _SHORTEST_WORD and bare not in _COMMON:
            counts[bare] += 1
    weighed = sorted(counts, key=lambda word: -counts[word] * _weight(word))
    phrases: dict[Phrase, None] = {}
    for word in weighed:
        phrase = phrase_of(word)
        if phrase is not None:
            phrases[phrase] = None
        if len(phrases) == most:
            break
    return tuple(phrases)


def _weight(word: str) -> float:
    """Longer words say more; a letter says less than a Chinese character."""
    return math.sqrt(len(word)) * (0.6 if word.isascii() else 1.0)
