"""The intent classifier says what Rasa's says, before and after it has been stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from faq_component.rasa import IntentClassifier

CONTEXT = ExecutionContext(GraphSchema({}))


def messages(intents: list[str], sparse: bool = False) -> list[Message]:
    """One message per intent, with a vector around that intent's own; `sparse`: and one that is mostly empty."""
    random = np.random.default_rng(0)
    centres = {intent: random.normal(size=(1, 6)) for intent in sorted(set(intents))}
    made = []
    for number, intent in enumerate(intents):
        message = Message({TEXT: f"{number}", INTENT: intent})
        vector = centres[intent] + random.normal(size=(1, 6)) / 2
        for kind in ("sequence", FEATURE_TYPE_SENTENCE):
            message.add_features(Features(vector, kind, TEXT, "test"))
            if sparse:
                counts = csr_matrix(np.eye(1, 4, sorted(set(intents)).index(intent)))
                message.add_features(Features(counts, kind, TEXT, "counts"))
        made.append(message)
    return made


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("intents", [["a", "b"] * 10, ["转人工", "查订单", "退出"] * 8])
def test_it_says_what_rasa_says(tmp_path: Path, intents: list[str], sparse: bool) -> None:
    said = []
    for kind, folder in ((LogisticRegressionClassifier, "rasa"), (IntentClassifier, "ours")):
        (tmp_path / folder).mkdir()
        storage, resource = LocalModelStorage(tmp_path / folder), Resource("classifier")
        settings = {**kind.get_default_config(), "max_iter": 1000}
        kind.create(settings, storage, resource, CONTEXT).train(TrainingData(messages(intents, sparse)))
        loaded = kind.load(settings, storage, resource, CONTEXT)
        assert type(loaded) is kind
        said.append([message.get("intent_ranking") for message in loaded.process(messages(intents, sparse))])
    for by_rasa, by_ours in zip(*said, strict=True):
        assert [entry["name"] for entry in by_rasa] == [entry["name"] for entry in by_ours]
        confidences = [entry["confidence"] for entry in by_rasa]
        assert confidences == pytest.approx([entry["confidence"] for entry in by_ours], rel=1e-9)


def test_without_a_stored_one_it_is_untrained(tmp_path: Path) -> None:
    settings = IntentClassifier.get_default_config()
    loaded = IntentClassifier.load(settings, LocalModelStorage(tmp_path), Resource("classifier"), CONTEXT)
    assert not hasattr(loaded.clf, "coef_")


def test_no_object_is_unpickled(tmp_path: Path) -> None:
    storage, resource = LocalModelStorage(tmp_path), Resource("classifier")
    with storage.write_to(resource) as folder:
        np.savez(folder / "classifier.npz", coef_=np.array([object()]))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        IntentClassifier.load(IntentClassifier.get_default_config(), storage, resource, CONTEXT)
