"""Signs make words: questions that differ by one are different posts, from the file to the findings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component.exchange import merge, read_exchange
from faq_component.knowledge.checking import load_faq
from faq_component.lint import lint
from faq_component.text import comparison_key
from tests.fakes import CharacterEncoder

GROUPS = [
    ["C语言怎么学", "C++怎么学", "C#怎么学"],
    ["C", "C++", "C#"],
    ["A", "A+", "A-"],
    ["3/4寸", "34寸"],
    ["-5度能用吗", "5度能用吗"],
    ["减10", "减10%"],
    ["X9 Pro有货吗", "X9 Pro+有货吗"],
    ["1.5米", "15米"],
    ["5×3的框", "53的框"],
    ["$5 off", "5% off"],
]


@pytest.mark.parametrize("suffix", [".csv", ".json", ".md"])
@pytest.mark.parametrize("posts", GROUPS)
def test_none_is_dropped_or_merged(posts: list[str], suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"f{suffix}"
    rows = [(post, f"答{number}") for number, post in enumerate(posts)]
    if suffix == ".csv":
        path.write_text("问题,答案\n" + "".join(f"{post},{answer}\n" for post, answer in rows), "utf-8")
    elif suffix == ".json":
        path.write_text(json.dumps([{"问题": post, "答案": answer} for post, answer in rows]), "utf-8")
    else:
        path.write_text("".join(f"## {post}\n\n{answer}\n\n" for post, answer in rows), "utf-8")
    drafts = read_exchange([path])
    topics = merge(None, drafts).faq.topics
    assert [(topic.posts, topic.responses) for topic in topics] == [((post,), (answer,)) for post, answer in rows]
    assert drafts.remarks.counts == {}


@pytest.mark.parametrize("posts", GROUPS)
def test_one_is_added_to_a_topic_that_has_the_others(posts: list[str], tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    faq = None
    for post in posts:
        path.write_text(f"标题,问题,答案\n甲,{post},好\n", "utf-8")
        faq = merge(faq, read_exchange([path])).faq
    assert faq is not None
    assert faq.topics[0].posts == tuple(posts)


@pytest.mark.parametrize("posts", GROUPS)
def test_check_and_lint_take_them_for_different_posts(posts: list[str], tmp_path: Path) -> None:
    path = tmp_path / "faq.json"
    path.write_text(
        json.dumps({f"题{post}": {"post": [post, f"{post}，请问"], "resp": ["好"]} for post in posts}), "utf-8"
    )
    assert len(load_faq(str(path)).topics) == len(posts)
    assert lint(str(path), CharacterEncoder, rules=("format", "same-post", "near-post")) == []


@given(st.sampled_from("+#"), st.text("abcxyz", min_size=1, max_size=3), st.text("怎么学多少钱", max_size=4))
def test_a_sign_after_a_latin_word_makes_another_key(sign: str, word: str, after: str) -> None:
    assert comparison_key(f"{word}{sign}{after}") != comparison_key(f"{word}{after}")
    assert comparison_key(f"{word}{sign}{after}") == comparison_key(f"{word.upper()}{sign}{after}！")
