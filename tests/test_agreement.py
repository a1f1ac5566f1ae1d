"""Every front end gives one result for one message: Rasa's component, the service, the commands and the evaluation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from faq_component.assistant.assistant import Assistant
from faq_component.cli import main
from faq_component.evaluation import question_table
from faq_component.evaluation.queries import Query
from faq_component.evaluation.question_table import OUTCOMES, run_hit_test
from faq_component.evaluation.results import search_all
from faq_component.knowledge.checking import load_faq
from faq_component.rasa import FaqRecall
from faq_component.retrieval.question import Question
from faq_component.settings import Settings, load_settings
from faq_component.support.tsv import read_tsv
from faq_component.types import Outcome, Result
from tests.service.processes import Serving, send

MULTI_LINE = [
    "我上周在你们店里给家里人买了一件外套颜色跟图片上差得太多了\n我妈妈不喜欢它\n要怎么办理退货",
    "你好\n\n我想问一下\r\n运费怎么算",
    "hello\nI bought an air fryer of 1.5 kg in your shop last week\nHow can I return it? Thanks",
    "  ＡＢＣ 運費怎麼算 \n\u200b\n",
    "\n\n",
    "前几天下的单到现在都没有动静\n客服电话也打不通\n你们到底什么时候发货\n还有能不能开发票",
]
_COLUMNS = ("message", "text", "post", "other", "same", "first", "second")
CLOSE = 1e-4  # a batch of texts may be encoded in another order of additions than one text


def messages() -> list[str]:
    """Every message of the folder ``data``, and more of several lines: those of `MULTI_LINE` first."""
    found = [post for topic in load_faq("data/faq").topics for post in topic.posts]
    for name in ("held_out", "out_of_scope"):
        found += [
            post for topic in load_faq(f"data/{name}.json", responses_required=False).topics for post in topic.posts
        ]
    for file in sorted(Path("data").glob("*.tsv")):
        for row in read_tsv(file):
            found += [
                row[name] for name in ("message", "text", "post", "other", "same", "first", "second") if name in row
            ]
    joined = ["\n".join(found[start : start + 3]) for start in range(0, len(found), 40)]
    return list(dict.fromkeys([*MULTI_LINE, *joined, *found]))


@pytest.fixture(scope="module")
def settings(in_the_checkout: None) -> Settings:
    return load_settings().override(log="none", threads=1, reload_seconds=0.0)


@pytest.fixture(scope="module")
def assistant(settings: Settings) -> Assistant:
    return Assistant.over(load_faq(settings.faq), settings)


@pytest.fixture(
    scope="module", params=[pytest.param(12, id="twelfth"), pytest.param(1, id="all", marks=pytest.mark.slow)]
)
def expected(request: pytest.FixtureRequest, assistant: Assistant) -> dict[str, Result]:
    """What the assistant says to each message; to one in twelve, of every kind, in `make test`."""
    every, found = request.param, messages()
    return {text: assistant.decide(text) for text in [*MULTI_LINE, *found[len(MULTI_LINE) :: every]]}


@pytest.fixture(scope="module")
def serving(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder, given = tmp_path_factory.mktemp("agreement"), {"retriever": settings.retriever, "log": "none"}
    # Every message is to be answered, also by a busy machine.
    with Serving(folder, given, FAQ_SERVE_DEADLINE="600", FAQ_SERVE_STUCK="3600") as running:
        yield running


def post(serving: Serving, address: str, **body: Any) -> Any:
    return send(serving.port, "POST", address, body).json()


def assert_same(found: Result | None, wanted: Result, text: str) -> None:
    assert found is not None, text
    assert found.version == wanted.version
    assert found.decision.outcome is wanted.decision.outcome, text
    assert found.decision.confidence == pytest.approx(wanted.decision.confidence, abs=CLOSE), text
    assert topics(found.decision.hits) == topics(wanted.decision.hits), text
    assert [hit.score for hit in found.hits] == pytest.approx([hit.score for hit in wanted.hits], abs=CLOSE), text


def topics(hits: Sequence[Any]) -> list[str]:
    return [hit.topic_id for hit in hits]


def test_the_messages_are_many_and_have_every_outcome(expected: dict[str, Result]) -> None:
    assert len(messages()) > 4_000
    assert len(expected) > 350
    assert {result.decision.outcome for result in expected.values()} == set(Outcome)


def test_rasas_component(expected: dict[str, Result], settings: Settings) -> None:
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.shared.nlu.training_data.message import Message

    nothing: Any = None
    recall = FaqRecall.create({**vars(settings)}, nothing, nothing, ExecutionContext(GraphSchema({})))
    for text, wanted in expected.items():
        (message,) = recall.process([Message.build(text)])
        assert_same(Result.from_json(message.get("faq")), wanted.decided(), text)
        ranking = message.get("response_selector").get("faq", {"ranking": []})["ranking"]
        assert [hit["intent_response_key"] for hit in ranking] == [f"faq/{hit.topic_id}" for hit in wanted.hits], text


def test_v1_recall(expected: dict[str, Result], serving: Serving) -> None:
    for text, wanted in expected.items():
        found = post(serving, "/v1/recall", text=text)
        if text.strip():
            assert_same(Result.from_json(found), wanted, text)


def test_v1_answer_and_v1_search(expected: dict[str, Result], assistant: Assistant, serving: Serving) -> None:
    for place, (text, wanted) in enumerate(expected.items()):
        answer = post(serving, "/v1/answer", text=text)
        assert answer["outcome"] == wanted.decision.outcome.value, text
        assert answer["confidence"] == pytest.approx(wanted.decision.confidence, abs=CLOSE), text
        decided = topics(wanted.decision.hits)
        said = [answer["topic"]] if answer["topic"] else [choice["topic"] for choice in answer["choices"]]
        assert said == decided, text
        if place % 20 == 0:
            found = post(serving, "/v1/search", text=text, top_k=3)["hits"]
            assert [hit["topic"] for hit in found] == topics(assistant.search(text, 3)), text


def test_hit_test(expected: dict[str, Result], settings: Settings, assistant: Assistant) -> None:
    rows = run_hit_test(settings, assistant.faq, [question_table.TableQuestion(text) for text in expected])
    for row, (text, wanted) in zip(rows, expected.items(), strict=True):
        assert row.outcome == OUTCOMES[wanted.decision.outcome], text
        assert row.confidence == pytest.approx(wanted.decision.confidence, abs=CLOSE), text
        assert [*row.topics] == [assistant.faq.by_id[topic_id].title for topic_id in topics(wanted.decision.hits)]


def test_the_evaluation_and_faq_search(assistant: Assistant, expected: dict[str, Result]) -> None:
    asked = [*expected][::20]
    found = search_all(lambda _: assistant, [(assistant.faq, [Query(text, None) for text in asked])])
    assert [topics(result.hits) for result in found] == [topics(assistant.search(text, 10)) for text in asked]


@pytest.mark.parametrize("text", [*MULTI_LINE[:2], "运费咋算的", "今天外面冷不冷"])
def test_faq_ask(text: str, assistant: Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", text, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    wanted = assistant.decide(text)
    assert answer["outcome"] == wanted.decision.outcome.value
    assert answer["confidence"] == pytest.approx(wanted.decision.confidence, abs=CLOSE)
    assert [hit["topic"] for hit in answer["hits"]] == topics(wanted.hits)
    assert answer["version"] == wanted.version


def test_line_breaks_count_over_http_as_elsewhere(assistant: Assistant, serving: Serving) -> None:
    """A message was normalised before it was cut into segments, and its lines ran together."""
    text = MULTI_LINE[0]
    assert len(assistant.knowledge.segments(Question(text))) > 1
    assert post(serving, "/v1/answer", text=text)["outcome"] == assistant.decide(text).decision.outcome.value
