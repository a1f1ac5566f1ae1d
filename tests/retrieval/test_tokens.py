from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component.errors import SettingsError
from faq_component.retrieval.tokens import (
    JiebaWords,
    WithoutStopWords,
    characters_and_bigrams,
    forget_jieba_dictionary,
    read_word_list,
    words_with_signs,
)
from faq_component.text import normalize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("退货", ["退", "退货", "货"]),
        ("换iPhone15手机", ["换", "iphone15", "手", "手机", "机"]),
        ("退,货", ["退", "货"]),
        ("ＡＰＰ 闪退！", ["app", "闪", "闪退", "退"]),
        ("？！😀", []),
        ("", []),
    ],
)
def test_characters_and_bigrams(text: str, tokens: list[str]) -> None:
    assert characters_and_bigrams(normalize(text)) == tokens


@given(st.text())
def test_characters_and_bigrams_of_any_text(text: str) -> None:
    assert all(token and not token.isspace() for token in characters_and_bigrams(normalize(text)))


def test_jieba_keeps_its_cache_in_a_private_folder(tmp_path: Path) -> None:
    import jieba

    words = JiebaWords(tmp_path / "cache")
    jieba.dt.initialized = False  # as in a process that has not used jieba yet
    assert "退货" in words("我要退货！")
    assert all(any(char.isalnum() for char in word) for word in words("退货，？！ 123 abc。"))
    assert (tmp_path / "cache" / "jieba.cache").exists()
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("left", [1.0, 0.5, 0.0])
def test_a_dictionary_is_read_from_its_cache_or_made_anew(left: float, tmp_path: Path) -> None:
    import jieba

    jieba.dt.initialized = False
    assert "退货" in JiebaWords(tmp_path)("我要退货")
    before, total = jieba.dt.FREQ, jieba.dt.total
    content = (tmp_path / "jieba.cache").read_bytes()
    (tmp_path / "jieba.cache").write_bytes(content[: int(left * len(content))])
    forget_jieba_dictionary()
    words = JiebaWords(tmp_path)
    assert jieba.dt.initialized == (left == 1.0)
    assert "退货" in words("我要退货")
    assert (jieba.dt.FREQ, jieba.dt.total) == (before, total)


def test_search_mode_also_gives_the_parts_of_long_words(tmp_path: Path) -> None:
    assert JiebaWords(tmp_path, search=False)("哈尔滨工业大学") == ["哈尔滨工业大学"]
    assert {"大学", "哈尔滨工业大学"} <= set(JiebaWords(tmp_path)("哈尔滨工业大学"))


def test_a_user_dictionary_keeps_a_word_whole(tmp_path: Path) -> None:
    import jieba

    file = tmp_path / "words.txt"
    file.write_text("# our own\n极兔特惠送 100\n", "utf-8")
    try:
        assert "极兔特惠送" in JiebaWords(tmp_path, search=False, user_dictionary=str(file))("用极兔特惠送寄")
    finally:
        jieba.del_word("极兔特惠送")


def test_stop_words_are_left_out_unless_there_is_nothing_else() -> None:
    tokenize = WithoutStopWords(characters_and_bigrams, ["的", "吗"])
    assert tokenize("退的吗") == ["退", "退的", "的吗"]
    assert tokenize("吗") == ["吗"]


def test_a_word_list_that_cannot_be_read_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"setting 'stop_words': .*absent\.txt cannot be read"):
        read_word_list(str(tmp_path / "absent.txt"), "stop_words")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C++和C#怎么学", ["c++", "c#"]),
        ("A+会员，A-会员，会员+", ["a+", "a-", "+"]),
        ("3/4寸、3.4寸和34寸", ["3/4", "3.4"]),
        ("-5度，减10%", ["-5", "10%"]),
        ("K2-300 e-mail R&D .NET", ["k2300", "email", "r&d", ".net"]),
        ("怎么退货，APP闪退。1,000元！", []),
    ],
)
def test_words_with_signs_stay_whole_beside_their_parts(text: str, words: list[str], tmp_path: Path) -> None:
    assert words_with_signs(normalize(text)) == words
    tokens = characters_and_bigrams(normalize(text))
    assert tokens[len(tokens) - len(words) :] == words
    assert set(words) <= set(JiebaWords(tmp_path)(normalize(text)))


@given(st.text("c+#-/.%5 会"))
def test_words_with_signs_have_a_sign_or_are_joined_by_a_hyphen(text: str) -> None:
    for word in words_with_signs(normalize(text)):
        assert " " not in word
        assert not word.isalnum() or "-" in text


def test_the_dictionary_may_be_freed_while_other_threads_split(tmp_path: Path) -> None:
    words = JiebaWords(tmp_path)
    stop = threading.Event()

    def free() -> None:
        while not stop.is_set():
            forget_jieba_dictionary()

    freeing = threading.Thread(target=free)
    freeing.start()
    try:
        assert {tuple(words("怎么申请退货")) for _ in range(10)} == {("怎么", "申请", "退货")}
    finally:
        stop.set()
        freeing.join()
