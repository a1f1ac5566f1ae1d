"""The policy that speaks up when the action server does not."""

from __future__ import annotations

from typing import Any

import rasa.core.actions.action
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

_ABOVE_RULES = 100


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class ActionServerGuard(Policy):
    """Says a polite sentence, within seconds, where Rasa would stay silent.

    When the action server is closed, hangs or fails, Rasa logs the exception, records the action without any event,
    and goes on: the user gets no answer. This policy looks for just that trace (a custom action or form with nothing
    after it) and predicts `response`, then listens.

    Rasa waits five minutes for the action server and has no setting for it; `timeout` (seconds) replaces the
    constant `DEFAULT_REQUEST_TIMEOUT` of rasa.core.actions.action.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`timeout` in seconds, and the domain's response to give."""
        return {"timeout": 3.0, "response": "utter_unavailable", "priority": _ABOVE_RULES}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: None = None,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context, featurizer)
        self._response: str = config["response"]
        rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT = config["timeout"]

    @staticmethod
    def supported_data() -> SupportedData:
        """Rules are enough: there is nothing to learn."""
        return SupportedData.ML_AND_RULE_DATA

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Learns nothing."""
        with self._model_storage.write_to(self._resource):
            return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """The response after a failed action, listening after the response; otherwise no opinion."""
        action = self._next_action(tracker, domain)
        probabilities = self._default_predictions(domain)
        if action is None:
            return self._prediction(probabilities)
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities, is_no_user_prediction=True)

    def _next_action(self, tracker: DialogueStateTracker, domain: Domain) -> str | None:
        name, events = _last_action(tracker)
        if name == self._response:
            return str(ACTION_LISTEN_NAME)
        runs_on_server = name in domain.user_actions and not name.startswith("utter_")
        if not events and (runs_on_server or name in domain.form_names):
            return self._response
        return None


def _last_action(tracker: DialogueStateTracker) -> tuple[str, list[Event]]:
    """The name of the last action, and what came after it."""
    after: list[Event] = []
    for event in reversed(tracker.events):
        if isinstance(event, ActionExecuted):
            return event.action_name or "", after
        after.append(event)
    return "", after
