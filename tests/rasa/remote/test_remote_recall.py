"""Rasa's component that asks a real ``faq serve``: the same decisions, and what happens when the service is away."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jieba
import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from benchmarks.follow_up import FILES
from faq_component.assistant.assistant import Assistant
from faq_component.dialogue.payload import UNAVAILABLE
from faq_component.errors import ServiceError, SettingsError, StartError
from faq_component.evaluation import load_queries
from faq_component.rasa import FaqRecall, SentenceFeaturizer
from faq_component.rasa.process.launch import HOST
from faq_component.rasa.remote.assistant import RemoteAssistant
from faq_component.rasa.remote.client import ServiceClient
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from faq_component.support.tsv import read_tsv
from tests.servers import free_port
from tests.service.processes import Serving, send, wait_until

MODELS = {"log": "none", "reload_seconds": 0.2}

CONTEXT = ExecutionContext(GraphSchema({}))


@pytest.fixture(scope="module")
def serving(in_the_checkout: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The demo FAQ."""
    with Serving(tmp_path_factory.mktemp("remote"), MODELS) as running:
        yield running


@pytest.fixture(scope="module")
def local() -> Assistant:
    return Assistant(Settings(threads=1, log="none"))


@pytest.mark.parametrize("every", [pytest.param(4, id="fourth"), pytest.param(1, id="all", marks=pytest.mark.slow)])
def test_every_decision_is_the_one_of_local_recall(every: int, serving: Serving, local: Assistant) -> None:
    remote = RemoteAssistant(Settings(log="none"), ServiceClient(serving.url, 5.0))
    questions = [(query.text, None) for query in load_queries("data/held_out.json", local.faq)]
    questions += [(row["text"], None) for row in read_tsv("data/long_messages.tsv")[::5]]
    followed = [(row["second"], row["first_topic"]) for file in FILES for row in read_tsv(file)]
    assert len(questions) > 700
    for text, after in [
        *questions[::every],
        *followed[::every],
        ("  ＡＢＣ 運費怎麼算 ", None),
        ("运费", "no_such_topic"),
    ]:
        here, there = (one.decide(Question(text), after=after) for one in (local, remote))
        assert there.version == here.version
        assert remote.faq_of(there.version).fingerprint == local.faq.fingerprint
        assert there.decision.outcome is here.decision.outcome, text
        assert there.decision.confidence == pytest.approx(here.decision.confidence, abs=1e-4)
        assert ids(there.decision.hits) == ids(here.decision.hits), text
        assert ids(there.hits) == ids(here.hits), text
        np.testing.assert_allclose(scores(there.hits), scores(here.hits), atol=1e-4)


def ids(hits: Any) -> list[str]:
    return [hit.topic_id for hit in hits]


def scores(hits: Any) -> list[float]:
    return [hit.score for hit in hits]


def test_the_vectors_are_those_of_the_encoder(serving: Serving) -> None:
    here, there = featurizer({"threads": 1}), featurizer({"service_url": serving.url})
    texts = ["运费怎么算", "ＡＢＣ", "查订单", "", "帮我查一下订单"]
    vectors = []
    for component in (here, there):
        messages = [Message.build(text) for text in texts]
        component.process_training_data(TrainingData(messages))
        vectors.append([dense.features if (dense := m.get_dense_features("text")[1]) else None for m in messages])
    for one, other in zip(*vectors, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(one, other, atol=1e-4)


def featurizer(config: dict[str, Any]) -> SentenceFeaturizer:
    context: Any = SimpleNamespace(node_name="featurizer")
    return SentenceFeaturizer.create({**SentenceFeaturizer.get_default_config(), **config}, None, None, context)


def test_rasa_loads_no_encoder_for_it(serving: Serving) -> None:
    code = f"""
import json, sys
from types import SimpleNamespace
from faq_component.rasa import patches
patches.register_named_components({{}})
patches.leave_out_tensorflow()  # as where a bot starts
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.shared.nlu.training_data.message import Message
from faq_component.rasa import FaqRecall, SentenceFeaturizer
config = {{"service_url": "{serving.url}", "log": "none"}}
message = Message.build("运费怎么算")
vectors = {{**SentenceFeaturizer.get_default_config(), "service_url": "{serving.url}"}}
SentenceFeaturizer.create(vectors, None, None, SimpleNamespace(node_name="x")).process([message])
FaqRecall.create(config, None, None, ExecutionContext(GraphSchema({{}}))).process([message])
print(json.dumps([message.get("faq")["topics"], "onnxruntime" in sys.modules, "faiss" in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, check=True, text=True)
    assert json.loads(done.stdout.splitlines()[-1]) == [["shipping_fee"], False, False]


class Bot:
    """The two components as Rasa runs them, with a classifier's intent between."""

    def __init__(self, url: str) -> None:
        self._featurizer = featurizer({"service_url": url})
        config = {**FaqRecall.get_default_config(), "service_url": url, "log": "none"}
        self._recall = FaqRecall.create(config, None, None, CONTEXT)

    def hear(self, text: str, intent: str = "faq") -> Message:
        message = Message.build(text)
        message.set("intent", {"name": intent, "confidence": 0.99}, add_to_output=True)
        message.set("intent_ranking", [{"name": intent, "confidence": 0.99}], add_to_output=True)
        tracker = DialogueStateTracker("someone", [])
        return self._recall.process(self._featurizer.process([message]), tracker)[0]

    def is_back(self) -> bool:
        return bool(self.hear("运费怎么算").get("faq").get("topics"))


def test_away_hanging_and_back(tmp_path: Path) -> None:
    port = free_port()
    bot = Bot(f"http://{HOST}:{port}")  # before there is a service
    assert bot.hear("运费怎么算").get("faq") == UNAVAILABLE
    with Serving(tmp_path, MODELS, port) as serving:
        wait_until(bot.is_back)
        serving.signal_all(signal.SIGSTOP)  # it accepts connections and never answers
        for _ in range(4):
            away = bot.hear("查订单", intent="order_enquiry")  # nothing has classified this, so it does not stand
            assert away.get("faq") == UNAVAILABLE
            assert away.get("intent")["name"] == "nlu_fallback"
            assert away.get("response_selector") == {"all_retrieval_intents": ["faq"]}
        serving.signal_all(signal.SIGCONT)
        wait_until(bot.is_back)
        assert bot.hear("查订单", intent="order_enquiry").get("intent")["name"] == "order_enquiry"
        serving.signal_all(signal.SIGKILL)
        assert bot.hear("运费怎么算").get("faq") == UNAVAILABLE
    with Serving(tmp_path, MODELS, port):
        wait_until(bot.is_back)


def test_with_a_vector_of_its_own_an_intent_stands_while_the_service_is_away() -> None:
    url = f"http://{HOST}:{free_port()}"
    recall = FaqRecall.create({"service_url": url, "log": "none"}, None, None, CONTEXT)
    message = Message.build("查订单")
    message.set("intent", {"name": "order_enquiry", "confidence": 0.99})
    assert recall.process([message])[0].get("intent")["name"] == "order_enquiry"
    assert message.get("faq") is None


def test_jiebas_cache_is_private_also_where_the_service_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jieba.dt, "tmp_dir", None)
    url = f"http://{HOST}:{free_port()}"
    FaqRecall.create({"service_url": url, "log": "none", "cache_dir": str(tmp_path)}, None, None, CONTEXT)
    assert jieba.dt.tmp_dir == str(tmp_path)


def test_an_engine_that_is_away_is_told_like_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    recall = FaqRecall.create({"faq": "data/faq", "retriever": "keyword", "log": "none"}, None, None, CONTEXT)

    def away(*_: object, **__: object) -> None:
        raise StartError("Elasticsearch cannot be reached.")

    monkeypatch.setattr(recall._assistant, "decide", away)
    assert recall.process([Message.build("运费怎么算")])[0].get("faq") == UNAVAILABLE


def test_nobody_is_asked_while_the_service_is_away(serving: Serving) -> None:
    client = ServiceClient(f"http://{HOST}:{free_port()}", 0.5)
    for expected in ("is it running", "the next attempt is in", "the next attempt is in"):
        with pytest.raises(ServiceError, match=expected):
            client.post("/v1/recall", {"text": "运费"})


def test_what_is_refused_is_not_understood_and_nothing_is_switched_off(serving: Serving) -> None:
    remote = RemoteAssistant(Settings(log="none"), ServiceClient(serving.url, 5.0))
    for _ in range(5):
        assert not remote.decide(Question("\ud800")).hits
    assert remote.decide(Question("运费怎么算" + "啊" * 5_000)).version == remote.faq.version
    assert send(serving.port, "POST", "/v1/recall", {"text": "运费", "after": 3}).status == 422


def test_another_encoder_is_noticed(serving: Serving, tmp_path: Path) -> None:
    metadata = json.loads(Path("models/encoder/encoder.json").read_text("utf-8"))
    (tmp_path / "encoder.json").write_text(json.dumps({**metadata, "sha256": None, "base": "another"}), "utf-8")
    message = featurizer({"service_url": serving.url, "encoder": str(tmp_path)}).process([Message.build("运费")])[0]
    assert not message.get_dense_features("text")[1].features.any()


@pytest.mark.parametrize("url", ["ftp://host", "http://user:secret@host", "http://host/?key=secret", "nothing"])
def test_addresses_that_cannot_be(url: str) -> None:
    with pytest.raises(SettingsError, match="setting 'service_url'") as raised:
        FaqRecall.create({"service_url": url}, None, None, CONTEXT)
    assert "secret" not in str(raised.value)
