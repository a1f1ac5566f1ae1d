import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from faq_component.text import char_ngrams, comparison_key, normalize


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


def test_char_ngrams() -> None:
    assert char_ngrams("退货吗") == {"退货", "货吗"}
    assert char_ngrams("退") == {"退"}
