from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from faq_component.cli import main
from faq_component.decision.confidence import DEPTH
from faq_component.knowledge.checking import load_faq
from faq_component.retrieval import KeywordRetriever
from faq_component.retrieval.question import Question
from faq_component.types import Hit
from tests.caches import warmed


@pytest.fixture
def settings(tmp_path: Path) -> list[str]:
    """A small FAQ, searched by keywords: no encoder needs to run."""
    content = {
        "晚安": {"id": "night", "post": [f"晚安{char}" for char in "甲乙丙丁戊己"], "resp": ["好梦"]},
        "退货": {"id": "return", "post": [f"退货{char}" for char in "甲乙丙丁戊己"], "resp": ["可以退"]},
    }
    faq = tmp_path / "faq.json"
    faq.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    config = tmp_path / "config.yml"
    config.write_text(
        f"pipeline: [{{name: x.FaqRecall, retriever: keyword, faq: {faq}, cache_dir: {warmed(tmp_path)}}}]", "utf-8"
    )
    return ["--config", str(config)]


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(arguments) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_ask_json(settings: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    result = run_json(capsys, "ask", "退货甲", "--json", *settings)
    assert {key: result[key] for key in ("outcome", "topic", "title", "response")} == {
        "outcome": "answer",
        "topic": "return",
        "title": "退货",
        "response": "可以退",
    }
    assert result["confidence"] == pytest.approx(1.0, abs=1e-3)
    assert result["hits"][0] == {"topic": "return", "title": "退货", "post": "退货甲", "score": 1.0}


def test_ask_what_is_not_known(settings: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    result = run_json(capsys, "ask", "退货甲", "--json", "--explain", *settings)
    assert result["why"]["reasons"] == ["exact"]
    assert result["why"]["scores"][0]["score"] >= result["why"]["scores"][-1]["score"]
    assert main(["ask", "退货甲", "--explain", *settings]) == 0
    assert "a phrasing says just what the message says" in capsys.readouterr().out
    result = run_json(capsys, "ask", "量子力学", "--json", *settings)
    assert (result["outcome"], result["topic"], result["hits"]) == ("reject", None, [])


def test_ask_answers_of_the_shipped_bot(in_the_checkout: None, capsys: pytest.CaptureFixture[str]) -> None:
    result = run_json(capsys, "ask", "10点了，我要睡觉了", "--json")
    assert (result["outcome"], result["topic"]) == ("answer", "good_night")
    assert result["response"] in load_faq("data/faq").by_id["good_night"].responses


def test_search_prints_topics_and_scores(settings: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "退货乙", *settings]) == 0
    assert "return" in capsys.readouterr().out


def test_evaluate_writes_the_report(settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queries, out = tmp_path / "queries.json", tmp_path / "out.json"
    queries.write_text(json.dumps({"退货": ["退货吗"], "晚安": ["晚安哦", "退货"]}), "utf-8")
    arguments = ["evaluate", "--queries", str(queries), "--retriever", "keyword", "--json", str(out)]
    assert main([*arguments, *settings]) == 0
    report = json.loads(out.read_text("utf-8"))["retrievers"]
    assert list(report) == ["keyword"]
    assert set(report["keyword"]["hit@1"]) == {"value", "low", "high"}
    assert report["keyword"]["hit@1"]["value"] == pytest.approx(2 / 3)
    assert report["keyword"]["MRR@10"]["value"] > 0
    assert "3 questions, 12 posts" in capsys.readouterr().out


def test_evaluate_without_questions_holds_out_a_tenth(settings: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--retriever", "keyword", *settings]) == 0
    assert "2 questions, 10 posts" in capsys.readouterr().out


def test_tune(settings: list[str], tmp_path: Path) -> None:
    queries, unknown, out = tmp_path / "queries.json", tmp_path / "unknown.json", tmp_path / "out.json"
    queries.write_text(json.dumps({"退货": ["退货吗", "退货呢"], "晚安": ["晚安哦", "晚安啊"]}), "utf-8")
    unknown.write_text(json.dumps({"far": ["量子", "股票", "法律", "天气"]}), "utf-8")
    arguments = ["tune", "--queries", str(queries), "--out-of-scope", str(unknown), "--json", str(out)]
    assert main([*arguments, *settings]) == 0
    report = json.loads(out.read_text("utf-8"))
    assert (report["test"]["right"], report["test"]["unknown_rejected"]) == (2, 2)


def test_tune_needs_a_question_in_each_half(
    settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_text(json.dumps({"退货": ["退货吗"]}), "utf-8")
    two.write_text(json.dumps({"退货": ["退货吗", "退货呢"]}), "utf-8")
    for queries, unknown in ((one, two), (two, one)):
        assert main(["tune", "--queries", str(queries), "--out-of-scope", str(unknown), *settings]) == 2
        assert "one.json holds 1 question; it must hold at least 2" in capsys.readouterr().err


def test_tune_searches_as_deep_as_is_served(
    settings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths: set[int] = set()
    search = KeywordRetriever.search

    def counted(retriever: KeywordRetriever, question: Question, k: int) -> list[Hit]:
        depths.add(k)
        return search(retriever, question, k)

    monkeypatch.setattr(KeywordRetriever, "search", counted)
    config = tmp_path / "config.yml"
    config.write_text(config.read_text("utf-8").replace("retriever:", "top_k: 1, retriever:"), "utf-8")
    queries = tmp_path / "queries.json"
    queries.write_text(json.dumps({"退货": ["退货吗", "退货呢"]}), "utf-8")
    assert main(["tune", "--queries", str(queries), "--out-of-scope", str(queries), *settings]) == 0
    assert depths == {DEPTH}


def test_overlap_of_topics_of_one_post(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "faq.json"
    file.write_text('{"甲": {"post": ["一"], "resp": ["二"]}}', "utf-8")
    assert main(["overlap", str(file)]) == 0
    assert "no topic has two different posts to compare" in capsys.readouterr().out


def test_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text('{"甲": {"post": ["一"], "resp": ["二"]}}', "utf-8")
    bad.write_text('{"甲": {"post": [], "resp": ["二"]}}', "utf-8")
    assert main(["check", str(good)]) == 0
    assert "1 topic, 1 post, 1 response, no faults" in capsys.readouterr().out
    assert main(["check", str(bad)]) == 2
    assert "topic '甲': 'post' is an empty list" in capsys.readouterr().err


def test_faults_are_one_sentence_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "好", "--faq", str(tmp_path / "absent"), "--config", str(tmp_path / "absent.yml")]) == 2
    error = capsys.readouterr().err
    assert "there is no such file or folder" in error
    assert "Traceback" not in error


def test_the_demo_faq_is_clean_and_large_enough(in_the_checkout: None) -> None:
    faq = load_faq("data/faq", strict=True)
    assert len(faq.topics) >= 120
    assert sum(len(topic.posts) for topic in faq.topics) >= 1500
    assert sum(len(topic.responses) for topic in faq.topics) >= 400
    assert {"10点了，我要睡觉了"} <= set(faq.by_id["good_night"].posts)
    assert "祝你做个好梦" in faq.by_id["good_night"].responses


def test_held_out_questions_repeat_no_post_and_out_of_scope_no_question(in_the_checkout: None) -> None:
    from faq_component.text import comparison_key

    posts = {comparison_key(post) for topic in load_faq("data/faq").topics for post in topic.posts}
    held = [post for topic in load_faq("data/held_out.json", responses_required=False).topics for post in topic.posts]
    unknown = [
        post for topic in load_faq("data/out_of_scope.json", responses_required=False).topics for post in topic.posts
    ]
    assert len(held) >= 400
    assert len(unknown) >= 300
    assert not {comparison_key(post) for post in held} & posts
    assert not {comparison_key(post) for post in unknown} & (posts | {comparison_key(post) for post in held})


def test_the_nlu_test_data_is_made_from_the_held_out_questions(in_the_checkout: None, tmp_path: Path) -> None:
    arguments = ["nlu-test", "data/held_out.json", "--intents", "data/arbitration.tsv"]
    assert main([*arguments, "--out", str(tmp_path / "nlu.yml")]) == 0
    assert (tmp_path / "nlu.yml").read_bytes() == Path("data/nlu_test.yml").read_bytes()
