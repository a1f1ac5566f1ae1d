"""The report: metrics, paired tests, the page, and what changed since an older one."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component.cli import main
from faq_component.decision.confidence import Calibration, features
from faq_component.errors import FaqDataError
from faq_component.evaluation import Query
from faq_component.evaluation.page import confused_pairs, to_html
from faq_component.evaluation.paired import compare_retrievers, mcnemar
from faq_component.evaluation.report import compare_with, to_json, to_markdown
from faq_component.evaluation.results import DataSetResults, SearchedQuestion
from faq_component.retrieval.question import Question
from faq_component.types import Hit
from tests.caches import warmed

TITLES = {"x": "退货", "y": "<script>alert(1)</script>", "z": "晚安"}


def result(text: str, topic_id: str | None, *given: str) -> SearchedQuestion:
    hits = tuple(Hit(found, "post", 0.9 - place / 10) for place, found in enumerate(given))
    return SearchedQuestion(Query(text, topic_id), hits, 2.0)


WORSE = (result("一", "x", "y", "x"), result("二", "x", "x"), result("三", "z"), result("四", "z", "y"))
BETTER = (result("一", "x", "x"), result("二", "x", "x"), result("三", "z", "z"), result("四", "z", "y"))
UNKNOWN = (result("五", None, "x"),)


def confidence(query: str, hits: Sequence[Hit]) -> float:
    return Calibration((6.0, 0.0, 0.0), -3.0, ()).probability(features(Question(query), hits))


DATA_SET = DataSetResults(
    "demo", TITLES, 9, {"old": WORSE, "new": BETTER}, {"old": UNKNOWN, "new": UNKNOWN}, confidence
)


def test_the_paired_test_names_the_questions_that_each_won() -> None:
    test = compare_retrievers(dict(DATA_SET.known), "new", "old")
    assert (test.first_won, test.second_won) == ((0, 2), ())
    assert test.difference.value == 0.5
    assert test.p_value == 0.5  # two tosses, both for one side: 2 * 1/4


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (0, 0, 1.0),  # no question tells them apart
        (1, 0, 1.0),
        (3, 3, 1.0),
        (0, 5, 2 / 32),  # 2 * 1/32
        (1, 4, 12 / 32),  # 2 * (1 + 5)/32
        (9, 1, 22 / 1024),  # 2 * (1 + 10)/1024
    ],
)
def test_mcnemar_by_hand(first: int, second: int, expected: float) -> None:
    assert mcnemar(first, second) == pytest.approx(expected)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_twice_the_lesser_tail_of_a_fair_coin(first: int, second: int) -> None:
    tosses = first + second
    tail = sum(math.comb(tosses, won) for won in range(min(first, second) + 1))
    assert mcnemar(first, second) == pytest.approx(min(1.0, 2 * tail / 2**tosses))


def test_mcnemar_of_very_many_questions() -> None:
    assert 0.0 <= mcnemar(40_000, 41_000) < 0.001


def test_other_questions_are_not_compared() -> None:
    with pytest.raises(ValueError, match="'new' and 'old' were not asked the same questions"):
        compare_retrievers({"new": BETTER, "old": WORSE[:3]}, "new", "old")


def test_json_has_the_metrics_the_paired_tests_and_what_came_first() -> None:
    report = json.loads(json.dumps(to_json([DATA_SET])))
    assert report["retrievers"]["new"]["hit@1"]["value"] == 0.75
    assert report["retrievers"]["old"]["MRR@10"]["value"] == pytest.approx((1 / 2 + 1) / 4)
    inner = report["data_sets"]["demo"]
    assert inner["paired"][0]["first_won"] == 2
    assert inner["results"]["old"][2] == {"query": "三", "topic": "z", "given": None, "rank": 0}


def test_markdown() -> None:
    assert re.search(r"\| new \| 0\.7500 \[.*\] \|.*\| 2\.0 \|", to_markdown([DATA_SET]))


def test_the_page_shows_markup_and_control_characters_as_text() -> None:
    results = (*WORSE, result("<b>六\u202e\ud83d\x1b[2J", "x", "y"))
    html = to_html([DataSetResults("demo\x00", TITLES, 9, {"old": results}, {"old": ()})], ["line\n<i>\x9b31m"])
    assert "&lt;b&gt;六\\u202e\\ud83d\\u001b[2J" in html
    assert "line\n&lt;i&gt;\\u009b31m" in html
    assert all(char.isprintable() or char == "\n" for char in html)
    assert html.encode()


def test_what_changed_question_by_question() -> None:
    older = to_json([DataSetResults("demo", TITLES, 9, {"new": WORSE}, {"new": ()})])
    lines = list(compare_with(older, [DATA_SET]))
    assert lines[0] == "demo, new: 4 questions in both"
    assert " now correct: 2" in lines
    assert "  一: <script>alert(1)</script> -> 退货" in lines
    assert " now incorrect: 0" in lines


def test_there_may_be_nothing_to_compare() -> None:
    assert next(iter(compare_with({"data_sets": {}}, [DATA_SET]))).startswith("nothing to compare")
    assert next(iter(compare_with({"retrievers": {}}, [DATA_SET]))).startswith("nothing to compare")
    with pytest.raises(FaqDataError, match="not one that `faq evaluate --json` wrote"):
        list(compare_with({"data_sets": {"demo": {"results": {"old": 3}}}}, [DATA_SET]))


def test_confused_pairs_come_most_often_first() -> None:
    pairs = confused_pairs([*WORSE, result("六", "x", "y")], TITLES)
    assert [(pair.expected, pair.given, pair.questions) for pair in pairs] == [
        ("退货", TITLES["y"], ("一", "六")),
        ("晚安", "nothing", ("三",)),
        ("晚安", TITLES["y"], ("四",)),
    ]


def test_the_page_stands_alone_and_escapes_what_people_wrote() -> None:
    page = to_html([DATA_SET], ["一 <b>"])
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "一 &lt;b&gt;" in page
    assert page.count("<svg") == 5
    assert not re.search(r"""(src|href)=["'](?!#)""", re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL))
    assert "0.7500" in page
    assert '<html lang="en">' in page


def test_the_page_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matplotlib's fonts lack Chinese, which must be no warning: the texts of the plots stay texts."""
    monkeypatch.setenv("FAQ_LANGUAGE", "zh")
    page = to_html([DATA_SET])
    assert '<html lang="zh">' in page
    assert "第一个主题正确" in page
    assert not re.search(r"\b(correct|question|topics)\b", re.sub(r"<(style|svg).*?</\1>", "", page, flags=re.DOTALL))


def test_the_command_writes_every_form_for_several_data_sets(
    tmp_path: Path, in_the_checkout: None, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus, queries = tmp_path / "corpus.json", tmp_path / "queries.json"
    posts = {"退货": [f"怎么退货{number}" for number in range(6)], "晚安": [f"晚安啦{number}" for number in range(6)]}
    corpus.write_text(json.dumps(posts), "utf-8")
    queries.write_text(json.dumps({"退货": ["退货呢"]}), "utf-8")
    out = {name: tmp_path / f"report.{name}" for name in ("json", "md", "html")}
    arguments = ["evaluate", "--retriever", "tfidf", "--retriever", "keyword", "--split", "leave-one-out"]
    arguments += ["--data-set", f"left-out={corpus}", "--data-set", f"asked={corpus},{queries}"]
    files = ["--json", str(out["json"]), "--markdown", str(out["md"]), "--report", str(out["html"])]
    assert main([*arguments, *files]) == 0
    report = json.loads(out["json"].read_text("utf-8"))
    assert {name: part["retrievers"]["keyword"]["queries"] for name, part in report["data_sets"].items()} == {
        "left-out": 12,
        "asked": 1,
    }
    assert "**asked**: 1 question, 12 posts" in out["md"].read_text("utf-8")
    assert out["html"].read_text("utf-8").startswith("<!DOCTYPE html>")
    capsys.readouterr()
    assert main([*arguments, "--compare", str(out["json"])]) == 0
    assert "left-out, keyword: 12 questions in both" in capsys.readouterr().out
    assert main(["evaluate", "--data-set", "nonsense"]) == 2
    assert "must be NAME=CORPUS or NAME=CORPUS,QUERIES" in capsys.readouterr().err


def test_no_confidence_is_drawn_on_questions_that_it_was_fitted_on(tmp_path: Path, in_the_checkout: None) -> None:
    corpus, config, page = (tmp_path / name for name in ("corpus.json", "config.yml", "page.html"))
    posts = {title: [f"{title}怎么办{number}" for number in range(6)] for title in "退换修寄买卖还借租"}
    corpus.write_text(json.dumps(posts), "utf-8")
    config.write_text(f"pipeline: [{{name: x.FaqRecall, faq: {corpus}, cache_dir: {warmed(tmp_path)}}}]", "utf-8")
    for split, drawn in (("tenth", True), ("leave-one-out", False)):
        arguments = ["evaluate", "--retriever", "keyword", "--split", split, "--config", str(config)]
        assert main([*arguments, "--report", str(page)]) == 0
        assert ("Confidence of keyword" in page.read_text("utf-8")) is drawn
