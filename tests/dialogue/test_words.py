"""Words that must not pass: what is found in a text, what is masked, and what is wrong with a file of them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from faq_component.dialogue.words import LONGEST, NO_WORDS, Folding, Heard, Passing, Side, WordList
from faq_component.dialogue.words_file import MOST, LiveWords, read_words
from faq_component.errors import WordsError

FILE = """
user:
  refuse: lists/refused.txt
  mask: [密码, café]
  hand_over: [投诉你们]
bot:
  refuse: [竞品]
  mask: [老板]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "refused.txt").write_text("# from the platform\n\n敏感詞\nbadword\nＡＢＣ\n", "utf-8")
    (tmp_path / "words.yml").write_text(FILE, "utf-8")
    return tmp_path / "words.yml"


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ("你这敏感词啊", Passing.REFUSE),  # Chinese anywhere
        ("你這敏\u200b感詞", Passing.REFUSE),  # traditional, and with a character of no width
        ("a BADWORD!", Passing.REFUSE),
        ("badwords", None),  # Latin as a whole word
        ("这badword呀", Passing.REFUSE),
        ("ａｂｃ 在吗", Passing.REFUSE),
        ("abc1", None),
        ("我要投訴你們", Passing.HAND_OVER),
        ("投诉你们，敏感词", Passing.REFUSE),  # the strictest of all
        ("密码忘了", Passing.MASK),
        ("去cafe\u0301吗", Passing.MASK),  # the accent is a character of its own
        ("竞品怎么样", None),  # a word of the other side
        ("", None),
    ],
)
def test_what_a_message_of_a_user_holds(file: Path, text: str, passing: Passing | None) -> None:
    assert read_words(file, simplify=True).heard(text).passing is passing


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的密碼是12", "我的***是12"),
        ("密\u200b码  CAFÉ!", "***  ***!"),
        ("Cafe\u0301？密码密码", "***？******"),
        ("ﬁ密码", "ﬁ***"),  # a character that becomes two
        ("什么都没有", "什么都没有"),
    ],
)
def test_stars_stand_where_the_word_stood(file: Path, text: str, masked: str) -> None:
    words = read_words(file, simplify=True)
    assert words.user.masked(text) == masked
    assert words.heard(masked) == Heard(masked, None)


def test_words_that_overlap_get_one_mask() -> None:
    lists = {Passing.MASK: WordList(["北京大学"]), Passing.REFUSE: WordList(["大学生"])}
    assert Side(Folding(), lists).masked("北京大学生", Passing.MASK, Passing.REFUSE) == "***"
    assert Side(Folding(), {Passing.MASK: WordList(["北京", "北京大学"])}).masked("北京大学生") == "***生"


def test_a_naive_search_finds_the_same() -> None:
    draw = random.Random(7)
    letters = "甲乙丙ab "
    words = {"".join(draw.choices(letters, k=draw.randint(1, 4))).strip() for _ in range(60)} - {""}
    side = Side(Folding(), {Passing.MASK: WordList(words)})
    for _ in range(500):
        text = " ".join("".join(draw.choices(letters, k=12)).split())
        assert (side.passing(text) is not None) == any(_naive(text, word) for word in words), text


def _naive(text: str, word: str) -> bool:
    def within(place: int) -> bool:
        return text[place - 1 : place] in ("a", "b") and text[place : place + 1] in ("a", "b") and place > 0

    places = [place for place in range(len(text)) if text.startswith(word, place)]
    return any(not within(place) and not within(place + len(word)) for place in places)


def test_steps_do_not_grow_with_the_number_of_words() -> None:
    """Each character costs at most one look for each length of a word that begins with it."""
    draw = random.Random(1)
    many = ["".join(chr(draw.randrange(0x4E00, 0x9FA5)) for _ in range(draw.randint(2, 5))) for _ in range(10_000)]
    words = WordList(many)
    assert max(map(len, words._lengths.values())) <= 4
    text = "".join(chr(draw.randrange(0x4E00, 0x9FA5)) for _ in range(9_990)) + many[0]
    side = Side(Folding(), {Passing.REFUSE: words})
    assert side.passing(text) is Passing.REFUSE
    assert side.masked(text, Passing.REFUSE).endswith("***")


def test_a_text_of_a_hundred_thousand_such_words_is_masked() -> None:
    """Steps grow with the text, so that this is soon done; with their square, it would take minutes."""
    side = Side(Folding(), {Passing.MASK: WordList(["密码"])})
    assert side.masked("密码，" * 100_000) == "***，" * 100_000


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("user: [", "words.yml: it is not YAML"),
        ("- 敏感词", "'words.yml' must have keys with values, of user, bot"),
        ("users: {}", "the key 'users' is unknown; known are user, bot"),
        ("user: 敏感词", "'user' must have keys with values, of refuse, mask, hand_over"),
        ("bot: {hand_over: [x]}", "the key 'bot.hand_over' is unknown; known are refuse, mask"),
        ("user: {mask: 3}", "'user.mask' must be a list of words, or the path"),
        ("user: {mask: [好, 12]}", "'user.mask': word 2 is '12', which holds no text; write it in quotation marks"),
        ("user: {mask: ['  ']}", "'user.mask': word 1 is '  ', which holds no text"),
        (f"user: {{mask: [{'长' * 51}]}}", f"'user.mask': word 1 has 51 characters; at most {LONGEST} are possible"),
        ("user: {mask: none.txt}", "none.txt cannot be read (No such file or directory); correct its path"),
    ],
)
def test_a_faulty_file_is_named_in_one_sentence(file: Path, content: str, fault: str) -> None:
    file.write_text(content, "utf-8")
    with pytest.raises(WordsError) as error:
        read_words(file)
    assert fault in str(error.value)
    assert len(error.value.faults) == 1


def test_a_missing_file_and_files_of_too_many_words_or_another_encoding(file: Path, tmp_path: Path) -> None:
    with pytest.raises(WordsError, match=r"no\.yml cannot be read"):
        LiveWords(str(tmp_path / "no.yml"))
    listed = tmp_path / "lists" / "refused.txt"
    listed.write_text("词\n" * (MOST + 1), "utf-8")
    with pytest.raises(WordsError, match=r"refused\.txt has 100,001 words; at most 100,000 are possible"):
        read_words(file)
    listed.write_bytes("敏感词".encode("gbk"))
    with pytest.raises(WordsError, match=r"refused\.txt is not UTF-8; save it as UTF-8"):
        read_words(file)


def test_without_a_file_and_with_an_empty_one_everything_passes(file: Path) -> None:
    assert LiveWords(None).current is NO_WORDS
    file.write_text("", "utf-8")
    assert LiveWords(str(file)).current.heard("敏感词") == Heard("敏感词", None)


def test_an_edit_is_followed_and_a_faulty_one_is_not(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    live = LiveWords(str(file))
    assert not live.current.heard("新词").stopped
    (file.parent / "lists" / "refused.txt").write_text("新词\n敏感词\n", "utf-8")
    assert live.current.heard("新词").stopped
    file.write_text("user: [", "utf-8")
    assert live.current.heard("新词").stopped
    assert live.current.heard("新词").stopped
    assert [record.message.endswith("The previous words stay in use.") for record in caplog.records] == [True]
    file.write_text("user: {}", "utf-8")
    assert not live.current.heard("新词").stopped
