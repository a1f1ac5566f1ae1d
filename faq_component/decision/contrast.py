"""Contrast check: detect a post that differs from the question by one word that changes the meaning.

``退货`` and ``换货``, ``能`` and ``不能``, ``满59`` and ``满99`` are close to each other for every encoder. The check
compares characters, so it needs no model.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from difflib import SequenceMatcher
from typing import NamedTuple

from faq_component.chinese import COUNTED_DIGITS, STYLE, has_unit, numeral_value
from faq_component.decision.contrast_english import WORDS, is_english, turns_english, words_of
from faq_component.decision.contrast_signs import (
    Quantities,
    Signs,
    has_variants,
    names_told_apart,
    quantities,
    quantities_differ,
    signs_in_one_way,
    signs_of,
)
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.question import Question
from faq_component.text import key_of, normalize

# An affirmative-negative question is no negation: 能不能, 可不可以, 退不.
_EITHER = re.compile(r"(.)[不没](?=\1)|可不(?=可以)|需不(?=需要)|[不没]$")
# Words in which these characters are no negation.
_NO_NEGATION = re.compile(
    r"不好意思|不过|不错|差不多|不客气|不同|不管|不论|不仅|不但|不到(?=[\d一二两三四五六七八九十百千万])|不如|不久|不断|不知|"
    r"不得不|对不起|动不动|忍不住|要不|没关系|没事|没问题|无理由|无线|无论|特别|别人|别的|区别|分别|级别|性别|类别|识别|"
    r"告别|非常|除非"
)
_NEGATION = re.compile(r"[不没未别无非]")
_CHINESE_NUMBER = re.compile(f"[{COUNTED_DIGITS}十百千万]+")
_LATIN = re.compile(r"[a-z]+\d*|(?<!\d)\d+[a-z]+")
_OPPOSITES = tuple(
    tuple(pair.split("/"))
    for line in (
        "退货/换货 退款/发货 退/换 前/后 开/关 开/销 买/卖 男/女 左/右 大/小 多/少 高/低 快/慢 加/减 增/减",
        "存/取 进/出 入/出 上/下 早/晚 近/远 主/副 胖/瘦 赢/输 爱/恨 来/走 热/冷 提前/延迟 绑定/解绑",
        "登录/退出 注册/注销 安装/卸载 导入/导出 上传/下载 放大/缩小 打开/关闭 开通/关闭 升级/降级 提高/降低",
        "开始/结束 预约/取消 添加/移除 加密/解密 个人/企业 个人/公司 电子/纸质 国内/国际 国内/国外 成人/儿童",
        "单程/往返 去程/返程 结婚/离婚 上班/下班 增肥/减肥 白天/晚上 迁入/迁出 住院/出院 好评/差评 降价/涨价",
    )
    for pair in line.split()
)
# A difference in these characters alone does not change the meaning.
_STYLE = STYLE | frozenset("呗嘛么怎样如何啥什咋想问们咱哪里儿几多少下一这那就都还也给把去来说看")
_SIGNS = frozenset("+-#/.&%‰<>=≤≥±$€£¥₩ ")  # of a comparison key; `contrast_signs` compares them
_ALIKE = 0.5  # least share of common characters for two texts to be compared
_LONGEST = 4  # characters of a word that is compared
_MORE = 3  # content characters that a question may have beyond the post for its negations to count
_AROUND = 3  # least characters of context in two posts that differ by one word


class WordPairs(Set[tuple[str, str]]):
    """Pairs of words, whose order does not matter; each word is held once, since a large FAQ has 100,000 pairs."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        words: dict[str, str] = {}
        self._pairs = frozenset(
            (words.setdefault(low, low), words.setdefault(high, high)) for low, high in map(sorted, pairs)
        )

    def __contains__(self, pair: object) -> bool:
        return isinstance(pair, tuple) and tuple(sorted(pair)) in self._pairs

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)


class ContrastCheck:
    """Doubts a hit whose post differs from the question by one word that changes the meaning.

    The hit is accepted where another post of its topic is as similar to the question and not in doubt. Words that
    replace each other within a topic (退钱 and 退款) count as synonyms; words that do so in posts of different topics
    count as contrasts. Where the posts of a topic hold different numbers, numbers are not compared.

    Args:
        faq: whose posts are compared.
        split: splits a text into words.
        rewrite: applied to texts before they are compared, such as from traditional to simplified characters.
    """

    def __init__(self, faq: Faq, split: Callable[[str], list[str]], rewrite: Callable[[str], str] = str) -> None:
        self._rewrite = rewrite
        self._look_at(faq)
        self._same, self._contrasts = mine_pairs(faq, lambda text: split(rewrite(text)))

    @classmethod
    def with_pairs(
        cls, faq: Faq, same: WordPairs, contrasts: WordPairs, rewrite: Callable[[str], str] = str
    ) -> ContrastCheck:
        """Build a check from known word pairs, without the time that mining takes."""
        check = object.__new__(cls)
        check._rewrite = rewrite
        check._look_at(faq)
        check._same, check._contrasts = same, contrasts
        return check

    def updated(self, faq: Faq) -> ContrastCheck:
        """Return a check over an edited FAQ with the word pairs of this one."""
        return ContrastCheck.with_pairs(faq, self._same, self._contrasts, self._rewrite)

    def _look_at(self, faq: Faq) -> None:
        self._posts = {topic.id: topic.posts for topic in faq.topics}
        self._forms: dict[str, _Form] = {}  # of posts, when they are first compared
        self._numbers = {
            topic.id: len({self._numbers_of(post) for post in topic.posts} - {frozenset()}) < 2 for topic in faq.topics
        }

    def _numbers_of(self, post: str) -> Quantities:
        return quantities(_with_digits(self._rewrite(normalize(post))))

    def doubts(self, question: Question, topic_id: str, post: str) -> bool:
        """Whether a topic found by this post calls for a clarifying question in place of an answer."""
        asked = question.once(("contrast", self._rewrite), lambda: _form(question.rewritten(self._rewrite)))

        def turns(said: _Form) -> bool:
            return _turns(asked, said, self._numbers[topic_id], self._same, self._contrasts)

        found = self._form_of(post)
        if not turns(found):
            return False
        others = map(self._form_of, self._posts[topic_id])
        names = names_told_apart(asked.signs, found.signs)
        return not any(
            _alike(asked.key, other.key) and not turns(other) and has_variants(other.signs, names, asked.signs)
            for other in others
        )

    def _form_of(self, post: str) -> _Form:
        form = self._forms.get(post)
        if form is None:
            form = self._forms[post] = _form(self._rewrite(normalize(post)))
        return form


class _Form(NamedTuple):
    """A text prepared for comparison: its key, and the key with numerals as digits and without 能不能.

    `english` is the text itself where it is English, whose words are compared; else it is empty. `signs` are its
    numbers, and words that have variants.
    """

    key: str
    plain: str
    english: str
    signs: Signs


def _form(normal: str) -> _Form:
    key = key_of(normal)
    plain = _with_digits(_EITHER.sub("", key))
    english = normal if is_english(normal) else ""
    return _Form(key, plain, english, signs_of(normal, signs_in_one_way(english) or plain))


def _alike(asked: str, said: str) -> bool:
    """Whether two comparison keys have half of their characters in common, in order."""
    return _matches(SequenceMatcher(None, asked, said, autojunk=False))


def _matches(matcher: SequenceMatcher[str]) -> bool:
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def turns_meaning(
    query: str,
    post: str,
    *,
    numbers: bool = True,
    same: Collection[tuple[str, str]] = (),
    contrasts: Collection[tuple[str, str]] = (),
) -> bool:
    """Whether a question and a post agree except for a negation, a number, an opposite or one other content word.

    True where both have half of their characters in common, in order, and only one is negated, or both hold numbers
    (-5 is not 5) or Latin words that differ, or one has a word and the other its opposite, or a single word of two to
    four characters is replaced by another; and where a word that both have is of different variants (C++ and C#, X9 and
    X9 Pro). Texts that share less are left to the encoder, and so are negations in a question that says more than the
    post.

    Args:
        query: the question.
        post: what it is compared with.
        numbers: whether numbers are compared.
        same: pairs of synonyms.
        contrasts: further pairs of opposites.
    """
    asked, said = (_form(normalize(text)) for text in (query, post))
    return _turns(asked, said, numbers, same, contrasts)


def _turns(
    query: _Form,
    post: _Form,
    numbers: bool,
    same: Collection[tuple[str, str]],
    contrasts: Collection[tuple[str, str]],
) -> bool:
    """Compare two prepared texts as `turns_meaning` does."""
    if names_told_apart(query.signs, post.signs):
        return True
    if query.english and post.english:
        return turns_english(query.english, post.english, numbers=numbers, contrasts=contrasts)
    asked, said = query.plain, post.plain
    matcher = SequenceMatcher(None, asked, said, autojunk=False)
    if asked == said or not _matches(matcher):
        return False
    replaced = [words for words in _replaced(matcher, asked, said) if words not in same]
    more = sum(len(word) for word, _ in replaced)
    return (
        (more <= _MORE and _negations(asked) % 2 != _negations(said) % 2)
        or (numbers and quantities_differ(query.signs, post.signs))
        or _both_differ(frozenset(_LATIN.findall(asked)), frozenset(_LATIN.findall(said)))
        or any(_are_opposed(asked, said, *pair) for pair in _OPPOSITES)
        or any(words in contrasts for words in replaced)
        or (len(replaced) == 1 and all(2 <= len(word) <= _LONGEST for word in replaced[0]))
    )


def mine_pairs(faq: Faq, split: Callable[[str], list[str]]) -> tuple[WordPairs, WordPairs]:
    """Mine word pairs: synonyms, from posts of one topic, and contrasts, from posts of different topics only.

    Two posts that differ by one word, with at least three characters of context, give a pair without the common prefix
    and suffix: 退货 and 换货 give 退 and 换. Function words are left out. English posts are compared by their words,
    which stay whole.
    """
    fillers: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for topic in faq.topics:
        for post in topic.posts:
            normal = normalize(post)
            english = is_english(normal)
            words = words_of(normal) if english else split(key_of(normal))
            for place, word in enumerate(words):
                around = "".join(words[:place]), "".join(words[place + 1 :])
                if english:
                    counts = len(words) >= _AROUND and word not in WORDS.stop_words
                else:
                    counts = sum(map(len, around)) >= _AROUND and len(word) <= _LONGEST and not _STYLE.issuperset(word)
                if counts:
                    fillers[around].add((word, topic.id))
    within: set[tuple[str, str]] = set()
    between: set[tuple[str, str]] = set()
    for found in fillers.values():
        for (word, topic_id), (other, other_id) in itertools.combinations(found, 2):
            if word != other:
                one, another = sorted(
                    (word, other) if word.isascii() and other.isascii() else _where_they_differ(word, other)
                )
                (within if topic_id == other_id else between).add((one, another))
    return WordPairs(within), WordPairs(between - within)


def _negations(text: str) -> int:
    return len(_NEGATION.findall(_NO_NEGATION.sub("", text)))


def _with_digits(text: str) -> str:
    """Write the signs of a text in one way, and its Chinese numerals as digits."""
    return _CHINESE_NUMBER.sub(_digits, signs_in_one_way(text))


def _digits(numeral: re.Match[str]) -> str:
    """Convert a Chinese numeral to digits: 三百五十 is 350, 三五 is 5; 一 alone stays, as it is often no number."""
    if numeral[0] == "一":
        return "一"
    return str(numeral_value(numeral[0] if has_unit(numeral[0]) else numeral[0][-1]))


def _both_differ(one: frozenset[object], other: frozenset[object]) -> bool:
    return bool(one - other) and bool(other - one)


def _are_opposed(asked: str, said: str, word: str, opposite: str) -> bool:
    return any(
        first in asked and second in said and first not in said and second not in asked
        for first, second in ((word, opposite), (opposite, word))
    )


def _replaced(matcher: SequenceMatcher[str], asked: str, said: str) -> list[tuple[str, str]]:
    """Return the pairs (in the question, in the post) that differ, without function words and numbers."""
    places = [
        (_without_style(asked[low:high]), _without_style(said[start:end]))
        for kind, low, high, start, end in matcher.get_opcodes()
        if kind != "equal"
    ]
    return [words for words in places if any(words)]


def _without_style(chars: str) -> str:
    return "".join(char for char in chars if char not in _STYLE and not char.isdigit() and char not in _SIGNS)


def _where_they_differ(word: str, other: str) -> tuple[str, str]:
    """Strip the common prefix and suffix from two words."""
    start, end = shared_ends(word, other)
    return word[start : len(word) - end], other[start : len(other) - end]


def shared_ends(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """Count the units that two texts share at their beginning, and of the rest at their end."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return start, end
