"""The rules on vectors, with the shipped encoder, on parts of the demo FAQ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_component.assistant.build_encoders import build_post_encoder
from faq_component.knowledge.question_form import asks
from faq_component.lint import Finding, lint
from faq_component.lint.alike import are_told_apart, common_share
from faq_component.lint.nearness import Texts, best_per_topic, labels, mean_per_topic, scaled_blocks
from faq_component.settings import load_settings

RULES = ("near-post", "misplaced-post", "same-topic", "mixed-topic")


def content(topics: int) -> dict[str, Any]:
    """The first topics of the demo shop, less those that are near to others by design."""
    shop = json.loads(Path("data/faq/shop.json").read_text("utf-8"))
    return dict([(title, value) for title, value in shop.items() if "货" not in title][:topics])


def check(tmp_path: Path, faq: dict[str, Any]) -> list[Finding]:
    file = tmp_path / "faq.json"
    file.write_text(json.dumps(faq, ensure_ascii=False, indent=1), "utf-8")
    return lint(str(file), lambda: build_post_encoder(load_settings()), rules=RULES)


@pytest.mark.parametrize("posts", [1, 2, 12])
@pytest.mark.parametrize("topics", [1, 2, 7, 8, 25])
def test_small_and_clean_ones(in_the_checkout: None, tmp_path: Path, topics: int, posts: int) -> None:
    faq = {title: {**value, "post": value["post"][:posts]} for title, value in content(topics).items()}
    assert check(tmp_path, faq) == []


def test_a_post_in_the_wrong_topic(in_the_checkout: None, tmp_path: Path) -> None:
    faq = content(25)
    faq["是正品吗"]["post"].append("我要改收货人的手机号码")
    (found,) = check(tmp_path, faq)
    assert (found.rule, found.topic, found.text) == ("misplaced-post", "是正品吗", "我要改收货人的手机号码")
    assert found.line == 1 + (tmp_path / "faq.json").read_text("utf-8").splitlines().index(f'   "{found.text}"')


def test_nearly_the_same_post_in_two_topics(in_the_checkout: None, tmp_path: Path) -> None:
    faq = content(25)
    faq["是正品吗"]["post"].append("圆通一般要跑多久")
    (found,) = check(tmp_path, faq)
    assert (found.rule, found.topic, found.text) == ("near-post", "是正品吗", "圆通一般要跑多久")
    assert "'圆通一般跑多久' in topic '多久能送到'" in found.sentence


def test_two_topics_of_one_meaning(in_the_checkout: None, tmp_path: Path) -> None:
    faq = content(25)
    whole = faq["运费多少"]
    faq["邮费怎么算"] = {"post": whole["post"][6:], "resp": whole["resp"][:1]}
    faq["运费多少"] = {"post": whole["post"][:6], "resp": whole["resp"][1:]}
    (found,) = check(tmp_path, faq)
    assert (found.rule, found.topic) == ("same-topic", "邮费怎么算")
    assert "'运费多少'" in found.sentence


def test_posts_that_differ_in_a_small_word_are_not_the_same(in_the_checkout: None, tmp_path: Path) -> None:
    faq = content(25)
    faq["是正品吗"]["post"].append("圆通一般不跑多久")
    assert [each for each in check(tmp_path, faq) if each.rule == "near-post"] == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("发货前取消订单", "发货后取消订单", True),
        ("积分怎么用", "怎么攒积分", True),
        ("运费多少", "邮费怎么收", False),
        ("退货期限", "多少天内可以退货", False),
    ],
)
def test_titles_that_a_word_tells_apart(one: str, other: str, expected: bool) -> None:
    assert are_told_apart(one, other) is are_told_apart(other, one) is expected


def test_questions_and_statements() -> None:
    assert [asks(text) for text in ("能退吗", "退不退", "怎么退", "可以退？")] == [True] * 4
    assert [asks(text) for text in ("我要退货", "你真聪明", "谢谢")] == [False] * 3
    assert common_share("你好", "好你") == 1.0


def test_blocks_give_what_a_whole_matrix_gives() -> None:
    vectors = np.random.default_rng(0).normal(size=(1100, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = Texts(vectors, labels([range(11)] * 100))
    scaled = np.vstack([rows for _, rows in scaled_blocks(vectors, vectors, itself=True)])
    cosines = vectors @ vectors.T
    others = cosines - 9 * np.eye(len(vectors), dtype=np.float32)
    density = np.sort(others, axis=1)[:, -11:-1].mean(axis=1)  # ten, but for the nearest
    whole = 2 * cosines - density[:, None] - density[None]
    np.fill_diagonal(whole, np.nan)
    np.testing.assert_allclose(scaled, whole, atol=1e-5)
    by_topic = whole.reshape(1100, 100, 11)
    np.testing.assert_allclose(best_per_topic(scaled, texts), np.nanmax(by_topic, axis=2), atol=1e-5)
    np.testing.assert_allclose(mean_per_topic(scaled, texts), np.nanmean(by_topic, axis=2), atol=1e-5)


@pytest.mark.parametrize("with_title", [False, True])
def test_a_post_alone_or_that_is_the_title_is_not_misplaced(
    in_the_checkout: None, tmp_path: Path, with_title: bool
) -> None:
    faq = content(25)
    post = "我要改收货人的手机号码"
    faq[post if with_title else "其他"] = {"post": [post, "鞋子多大"] if with_title else [post], "resp": ["好"]}
    assert [each.text for each in check(tmp_path, faq) if each.rule == "misplaced-post" and each.text == post] == []


def merged(faq: dict[str, Any], size: int) -> dict[str, Any]:
    """Topics made of single rows of several topics, as when a table's category named them."""
    topics = list(faq.values())
    groups = [topics[start::9] for start in range(9)]
    return {
        f"类{number}": {"post": [t["post"][0] for t in group[:size]], "resp": [t["resp"][0] for t in group[:size]]}
        for number, group in enumerate(groups)
    }


@pytest.mark.parametrize("size", [3, 4, 5])
def test_unrelated_questions_in_one_topic(in_the_checkout: None, tmp_path: Path, size: int) -> None:
    shop = json.loads(Path("data/faq/shop.json").read_text("utf-8"))
    faq = {**content(25), "其他": merged(shop, size)["类0"]}
    assert [(each.rule, each.topic) for each in check(tmp_path, faq) if each.rule == "mixed-topic"] == [
        ("mixed-topic", "其他")
    ]


def test_an_faq_of_categories_alone(in_the_checkout: None, tmp_path: Path) -> None:
    shop = json.loads(Path("data/faq/shop.json").read_text("utf-8"))
    found = [each for each in check(tmp_path, merged(shop, 5)) if each.rule == "mixed-topic"]
    assert len(found) >= 6
    assert "of whose 5 answers users get one at random" in found[0].sentence


@pytest.mark.parametrize("posts", [3, 4, 6])
def test_topics_of_one_meaning_are_not_mixed(in_the_checkout: None, tmp_path: Path, posts: int) -> None:
    shop = json.loads(Path("data/faq/shop.json").read_text("utf-8"))
    faq = {title: {**value, "post": value["post"][:posts]} for title, value in shop.items()}
    assert [each.topic for each in check(tmp_path, faq) if each.rule == "mixed-topic"] == []
