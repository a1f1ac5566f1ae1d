"""What the service is asked before the pipeline runs: the components find it, and Rasa goes on with other messages."""

from __future__ import annotations

import asyncio
import itertools
import re
import signal
import urllib.request
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rasa.core.channels.channel import UserMessage
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from faq_component.dialogue.payload import UNAVAILABLE
from faq_component.rasa import FaqRecall, SentenceFeaturizer
from faq_component.rasa.components.sentence_featurizer import WITHOUT_VECTOR
from faq_component.rasa.remote.ahead import Asked, _Together, ask_ahead
from tests.service.processes import Serving

QUESTION = "运费怎么算呀"
_timeouts = itertools.count(5)  # one for each test: clients with the same one share their circuit breaker


@pytest.fixture(scope="module")
def serving(in_the_checkout: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with Serving(tmp_path_factory.mktemp("ahead"), {"log": "none"}) as running:
        yield running


@pytest.fixture
def pipeline(serving: Serving) -> Iterator[Any]:
    """What Rasa does with a message: the featurizer, then the recall; the service answers again afterwards."""
    context: Any = SimpleNamespace(node_name="featurizer")
    asking = {"service_url": serving.url, "service_timeout": float(next(_timeouts))}
    settings = {**SentenceFeaturizer.get_default_config(), **asking}
    featurizer = SentenceFeaturizer.create(settings, None, None, context)
    recall = FaqRecall.create({**asking, "log": "none"}, None, None, ExecutionContext(GraphSchema({})))

    def understand(text: str, tracker: DialogueStateTracker) -> Message:
        return recall.process(featurizer.process([Message.build(text)]), tracker)[0]

    yield understand
    serving.signal_all(signal.SIGCONT)


def _requests(serving: Serving) -> dict[str, int]:
    """How often each endpoint has answered, of both workers."""
    with urllib.request.urlopen(f"{serving.url}/metrics") as answer:
        page = answer.read().decode()
    counted: Counter[str] = Counter()
    for endpoint, value in re.findall(r'^faq_requests_total\{.*endpoint="([^"]+)".*\} (\S+)$', page, re.MULTILINE):
        counted[endpoint] += int(float(value))
    return counted


def _conversation() -> DialogueStateTracker:
    return DialogueStateTracker.from_events("user", [])


def test_components_find_the_answers_and_ask_nothing_again(serving: Serving, pipeline: Any) -> None:
    async def handle() -> None:
        tracker = _conversation()
        await ask_ahead(UserMessage(QUESTION), tracker)
        serving.signal_all(signal.SIGSTOP)
        understood = pipeline(QUESTION, tracker)
        assert understood.get("faq")["topics"]
        assert not understood.get(WITHOUT_VECTOR)
        again = pipeline(QUESTION, tracker)  # an answer counts once
        assert again.get("faq") == UNAVAILABLE
        assert again.get(WITHOUT_VECTOR)

    asyncio.run(handle())


def test_topics_and_vector_of_a_message_are_one_request(serving: Serving, pipeline: Any) -> None:
    async def handle() -> None:
        tracker = _conversation()
        await ask_ahead(UserMessage(QUESTION), tracker)
        ahead, alone = pipeline(QUESTION, tracker), pipeline(QUESTION, tracker)
        assert ahead.get("faq") == alone.get("faq")
        (one,), (other,) = ahead.features, alone.features
        assert np.array_equal(one.features, other.features)

    before = _requests(serving)
    asyncio.run(handle())
    after = _requests(serving)
    # The second time each is asked alone.
    assert {path: after.get(path, 0) - before.get(path, 0) for path in ("/v1/recall", "/v1/encode")} == {
        "/v1/recall": 2,
        "/v1/encode": 1,
    }


def test_what_a_service_of_another_version_refuses_together_is_asked_alone(
    serving: Serving, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Together, "request", property(lambda self: Asked(self.recall.client, "/v1/recall", {"no": 1})))

    async def handle() -> None:
        tracker = _conversation()
        await ask_ahead(UserMessage(QUESTION), tracker)
        understood = pipeline(QUESTION, tracker)
        assert understood.get("faq")["topics"]
        assert not understood.get(WITHOUT_VECTOR)

    asyncio.run(handle())


def test_the_next_message_finds_no_answers_of_the_last(serving: Serving, pipeline: Any) -> None:
    async def handle() -> None:
        tracker = _conversation()
        await ask_ahead(UserMessage(QUESTION), tracker)
        await ask_ahead(UserMessage("/restart"), tracker)  # a command asks nothing
        serving.signal_all(signal.SIGSTOP)
        assert pipeline(QUESTION, tracker).get("faq") == UNAVAILABLE

    asyncio.run(handle())


def test_others_are_handled_while_the_service_is_asked(serving: Serving, pipeline: Any) -> None:
    async def handle() -> None:
        serving.signal_all(signal.SIGSTOP)
        asked = asyncio.create_task(ask_ahead(UserMessage(QUESTION), _conversation()))
        for _ in range(5):
            await asyncio.sleep(0.01)  # other messages
        assert not asked.done()
        serving.signal_all(signal.SIGCONT)
        await asked

    asyncio.run(handle())


def test_a_service_that_is_away_is_told_by_the_components(serving: Serving, pipeline: Any) -> None:
    async def handle() -> None:
        tracker = _conversation()
        serving.signal_all(signal.SIGSTOP)
        await ask_ahead(UserMessage(QUESTION), tracker)
        serving.signal_all(signal.SIGCONT)
        assert pipeline(QUESTION, tracker).get("faq") == UNAVAILABLE

    asyncio.run(handle())
