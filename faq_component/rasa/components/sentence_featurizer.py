"""The pipeline component that gives classifiers the sentence vector of the FAQ encoder."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import numpy as np
from rasa.core.channels.channel import UserMessage
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from faq_component.assistant.build_encoders import build_encoder
from faq_component.encoders import Encoder, Vectors
from faq_component.encoders.metadata import EncoderMetadata
from faq_component.encoders.shipped import encoder_place
from faq_component.errors import EncoderError, ServiceError
from faq_component.rasa.components.questions import question_of
from faq_component.rasa.remote.ahead import Asked, prepare
from faq_component.rasa.remote.client import service_client
from faq_component.rasa.remote.encoder import ServiceEncoder
from faq_component.retrieval.question import Question
from faq_component.settings import Settings

logger = logging.getLogger(__name__)

ENCODER_SETTINGS = (
    *("encoder", "encoder_backend", "pooling", "similarity", "threads", "service_url", "service_timeout"),
)
# Set in a message that has no vector.
WITHOUT_VECTOR = "faq_without_vector"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(GraphComponent, DenseFeaturizer):
    """Adds one dense sentence feature per message: the vector of the encoder that FaqRecall uses.

    *Shape:* ``(1, dim)``. FaqRecall shares the encoder, which is in memory once, and the vector, which is computed once
    per message. The unit vector is multiplied by the square root of `dim`, so that its entries are of the order of 1,
    as linear classifiers with fixed regularisation expect.
    """

    def __init__(self, encoder: Encoder, origin: str) -> None:
        self._encoder = encoder
        self._origin = origin

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings of the encoder, as in `Settings`; give FaqRecall the same."""
        defaults = Settings()
        return {name: getattr(defaults, name) for name in ENCODER_SETTINGS}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse unknown and wrong settings before training."""
        Settings.from_mapping(config)

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str | None:
        """Return the encoder's identity, so that Rasa retrains the classifiers after a change of encoder."""
        settings = Settings.from_mapping({**SentenceFeaturizer.get_default_config(), **config})
        if settings.encoder_backend != "onnx":
            return build_encoder(settings).fingerprint
        files = EncoderMetadata.read(encoder_place(settings.encoder), verify=False).files
        return " ".join(f"{name}:{files[name].sha256}" for name in sorted(files))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        """Load the encoder, or reuse the one in memory; with `service_url`, use the service's."""
        settings = Settings.from_mapping(config)
        if (client := service_client(settings)) is not None:
            encoder = ServiceEncoder(client, settings.encoder)
            prepare(cls.__name__, partial(_asked_ahead, encoder))
            return cls(encoder, execution_context.node_name)
        prepare(cls.__name__, None)
        return cls(build_encoder(settings), execution_context.node_name)

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the feature to messages; zeros and a mark if a message is blank or the service does not answer."""
        for message in messages:
            added = False
            try:
                added = self._add(message, question_of(message))
            except (ServiceError, EncoderError) as error:
                logger.warning("A message has no vector: %s", error)
            if not added:
                message.set(WITHOUT_VECTOR, True)
                self._add_vector(message, np.zeros((1, self._encoder.dim), dtype=np.float32))
        return messages

    def _add(self, message: Message, question: Question) -> bool:
        """Add the feature unless the text is blank; return whether it was added."""
        if question.text:
            self._add_vector(message, question.vector(self._encoder)[None, :])
        return bool(question.text)

    def _add_vector(self, message: Message, vector: Vectors) -> None:
        scaled = vector * np.sqrt(self._encoder.dim, dtype=np.float32)
        message.add_features(Features(scaled, FEATURE_TYPE_SENTENCE, TEXT, self._origin))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the feature to every training example."""
        for example in training_data.training_examples:
            self._add(example, Question(example.get(TEXT) or ""))
        return training_data


def _asked_ahead(encoder: ServiceEncoder, message: UserMessage, _: DialogueStateTracker | None) -> Asked | None:
    """Return what the component asks about a message that is no command, see `ask_ahead`."""
    text = Question(message.text or "").text
    return encoder.asked([text]) if text and not text.startswith("/") else None
