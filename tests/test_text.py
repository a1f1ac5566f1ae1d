import itertools
import re
import unicodedata
from collections.abc import Callable
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component import text as texts
from faq_component.text import char_ngrams, comparison_key, normal_form, normalize
from tests.backtracking import Matcher
from tests.servers import ROOT


@given(st.text())
def test_normalize_is_idempotent(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@given(st.text())
def test_normalize_leaves_no_control_characters_and_no_outer_space(text: str) -> None:
    normal = normalize(text)
    assert all(unicodedata.category(ch)[0] != "C" for ch in normal)
    assert normal == normal.strip()


@given(
    st.text(alphabet="晚安，。 ABab１２!？\u200b\ufeff\t", max_size=20),
    st.sampled_from([" ", "\u200b", "\ufeff", "\n"]),
)
def test_normalize_ignores_outer_space_and_zero_width(text: str, noise: str) -> None:
    assert normalize(noise + text + noise) == normalize(text)


def test_normalize_folds_width_case_and_spaces() -> None:
    assert normalize("  ＡＢＣ１２３\u3000你\u200b好\r\n OK ") == "abc123 你好 ok"


ORDINARY = [
    "",
    "Tiếng Việt: Ở đâu có phở ngon nhất? Nguyễn Thị Minh Khai",
    unicodedata.normalize("NFD", "Tiếng Việt: Ở đâu có phở ngon nhất? Nguyễn Thị Minh Khai"),
    unicodedata.normalize("NFD", "한국어 자주 묻는 질문"),
    "بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ",
    "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים",
    "ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ",
    "ＡＢＣ１２３ ｶﾞｷﾞｸﾞ ﬁ ½ ①②③ ㍿ ﷺ",
    "！？…、。" * 20 + "👨‍👩‍👧❤️" * 20,
    "z" + "\u0301\u0316" * 15,
    "ﾞ" * 30,
]


@pytest.mark.parametrize("written", ORDINARY)
def test_the_normal_form_of_ordinary_texts_is_that_of_unicode(written: str) -> None:
    assert normal_form(written) == unicodedata.normalize("NFKC", written)
    assert normal_form(written, "NFC") == unicodedata.normalize("NFC", written)


@given(st.text())
def test_the_normal_form_of_any_text_is_that_of_unicode_where_marks_are_few(written: str) -> None:
    if _longest_run(written) <= 30:
        assert normal_form(written) == unicodedata.normalize("NFKC", written)


@given(st.text(alphabet="aé\u1faf\u0301\u0316\u0344\u0f73\u0f81\uff9e\u3099！👍", min_size=100, max_size=400))
def test_no_more_than_thirty_marks_in_a_row_are_sorted(written: str) -> None:
    normal = normal_form(written)
    assert _longest_run(normal) <= 30
    assert normal_form(normal) == normal
    assert normalize(normalize(written)) == normalize(written)


@pytest.mark.parametrize(
    "marks", ["\u0301" * 2_000 + "\u0316" * 2_000, "\u0301\u0316" * 2_000, "\u0344" * 2_000, "\uff9e" * 2_000]
)
@pytest.mark.parametrize("function", [normal_form, normalize, comparison_key])
def test_what_is_given_to_unicodedata_has_few_marks_in_a_row(
    function: Callable[[str], str], marks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(unicodedata, name)

        def normalize(self, form: Literal["NFC", "NFKC", "NFKD"], written: str) -> str:
            runs.append(_longest_run(written))
            return unicodedata.normalize(form, written)

    monkeypatch.setattr(texts, "unicodedata", Counting())
    assert function(f"a{marks}b").endswith("b")
    assert max(runs) <= 30


def test_nothing_else_normalises_texts() -> None:
    files = [file for folder in ("faq_component", "actions") for file in sorted((ROOT / folder).rglob("*.py"))]
    own = re.compile(r"unicodedata\.(is_)?normalize|from unicodedata import")
    assert [file for file in files if own.search(file.read_text("utf-8"))] == [ROOT / "faq_component" / "text.py"]


def _longest_run(written: str) -> int:
    """Count the marks in the longest row of them, when the text is decomposed as Unicode does."""
    decomposed = "".join(unicodedata.normalize("NFKD", char) for char in written)
    runs = itertools.groupby(decomposed, lambda char: unicodedata.combining(char) > 0)
    return max((len(list(run)) for is_mark, run in runs if is_mark), default=0)


def test_comparison_key_drops_punctuation_but_keeps_texts_of_punctuation_apart() -> None:
    assert comparison_key("晚安，好梦！") == comparison_key("晚安好梦") == "晚安好梦"
    assert comparison_key("？？") != comparison_key("👍")
    assert comparison_key("") == ""


def test_comparison_key_keeps_the_point_of_a_number() -> None:
    assert comparison_key("1.5公斤") == comparison_key("1。5公斤") == "1.5公斤" != comparison_key("15公斤")
    assert comparison_key("第2.条. 1,000元.") == "第2条1000元"


def test_comparison_key_drops_how_a_character_is_drawn() -> None:
    assert comparison_key("❤️") == comparison_key("❤") != comparison_key("☀️")
    assert comparison_key("表白❤️") == comparison_key("表白") == "表白"
    assert comparison_key("2️⃣") == "2"


# Words that only signs tell apart; no two are the same.
SIGNED = [
    ["C", "C++", "C#", "c+"],
    ["A", "A+", "A-", "A++"],
    ["34", "3/4", "3.4", "3-4", "3×4", "3+4", "3 4", "¾0"],
    ["5", "-5", "+5", "5%", "5‰", "$5", "¥5", "<5", "≥5", "5#", "5+", ".5"],
    ["112", "1½", "1.12", "11/2", "1 12"],
    ["102", "10²", "10-2"],
    ["NET", ".NET"],
    ["K2300", "K2-300", "K2/300", "K2 300", "K2.300"],
    ["RD", "R&D", "R-D", "R/D"],
    ["会员", "会员+"],
]
_BEFORE, _AFTER = ["", "买", "满减", "请问 "], ["", "度能用吗", "多少钱", " 怎么样"]


@pytest.mark.parametrize("words", SIGNED, ids=lambda words: words[0])
def test_signs_make_words(words: list[str]) -> None:
    for before, after in itertools.product(_BEFORE, _AFTER):
        keys = {comparison_key(f"{before}{word}{after}") for word in words}
        assert len(keys) == len(set(map(str.casefold, words)))


def _wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


@given(
    st.lists(st.sampled_from([*(word for words in SIGNED for word in words), "退货", "怎么", "iPhone"]), max_size=3),
    st.sampled_from([str.upper, str.lower, _wide, lambda text: f"\u3000{text} "]),
    st.text("。！？!?，,；;、～…」）) ", max_size=3),
)
def test_case_width_and_punctuation_at_the_end_do_not_matter(
    words: list[str], change: Callable[[str], str], end: str
) -> None:
    text = "，".join([*words, "好"])
    assert comparison_key(change(text) + end) == comparison_key(text)


@given(st.text("退货运费怎么算", min_size=1), st.data())
def test_spaces_and_punctuation_between_chinese_characters_do_not_matter(text: str, data: st.DataObject) -> None:
    marks = [data.draw(st.sampled_from(["", " ", "\u3000", "，", "-", "/", "%", "×", "(", ". "])) for _ in text]
    assert comparison_key("".join(char + mark for char, mark in zip(text, marks, strict=True))) == text


@given(st.lists(st.integers(0, 99), min_size=1, max_size=4), st.data())
def test_numbers_that_something_separates_stay_apart(numbers: list[int], data: st.DataObject) -> None:
    marks = [data.draw(st.text(" ,.、/-~:：×*+%_。…（👍", min_size=1, max_size=3)) for _ in numbers]
    text = "".join(f"{number}{mark}" for number, mark in zip(numbers, marks, strict=True))
    assert list(map(int, re.findall(r"\d+", comparison_key(f"第{text}条")))) == numbers


@pytest.mark.parametrize(
    "texts",
    [
        ("1,000元", "1000元", "１，０００元"),
        ("3-5天", "3~5天", "3 – 5 天", "3—5天"),
        ("-5度", "−5度", "－5度"),
        ("5×3", "5*3", "5 x 3", "5x3"),
        ("减10%", "减10 %", "减１０％"),
        ("3/4寸", "¾寸", "3 / 4寸"),
        ("1½寸", "1 1/2寸"),
        ("退货——5天内", "退货5天内"),
        ("（A+会员）", "a+会员"),
        ("用C++。", "用c++", "用C++..."),
    ],
)
def test_one_sign_in_several_ways(texts: tuple[str, ...]) -> None:
    assert len(set(map(comparison_key, texts))) == 1


def test_a_digit_that_becomes_plain_does_not_join_a_number() -> None:
    assert normalize("1½寸10²") == "1 1⁄2寸10 2"
    assert normalize("m²①") == "m21"


def test_char_ngrams() -> None:
    assert char_ngrams("退货吗") == {"退货", "货吗"}
    assert char_ngrams("退") == {"退"}


@pytest.mark.parametrize("text", ["1{}x", "1 {}x", "a1{}", "1-{}x", "1{}-x", "1{}-2"])
def test_the_steps_of_a_key_grow_with_the_text(text: str) -> None:
    few, many = (Matcher(texts._SIGN).count(text.format("~" * count), searches=True) for count in (100, 200))
    assert many < 2.5 * few


@given(st.text(alphabet="12a ~-–", max_size=12))
def test_signs_between_numbers_are_those_of_a_range(text: str) -> None:
    expected = re.compile(r"(?<=\d)[\s~]*(?:[-‐‒–—−]|~)[\s~]*(?=\d)")
    shorter = re.compile(r"(?<=\d)\s*(?:~[\s~]*(?:[-‐‒–—−][\s~]*)?|[-‐‒–—−][\s~]*)(?=\d)")
    assert [match.span() for match in shorter.finditer(text)] == [match.span() for match in expected.finditer(text)]
    assert shorter.pattern in texts._SIGN.pattern
