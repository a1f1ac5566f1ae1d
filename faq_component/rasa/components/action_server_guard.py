"""The policy that speaks up when the action server does not."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Coroutine
from typing import Any, TypeVar

from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain, InvalidDomain
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException, RasaException
from rasa.utils.endpoints import ClientResponseError

_ABOVE_RULES = 100
_SLICES = 10  # into which a time-out is cut

_T = TypeVar("_T")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class ActionServerGuard(Policy):
    """Says a polite sentence, within seconds, where Rasa would stay silent.

    When the action server is closed, hangs or fails, Rasa logs the exception, records the action without any event,
    and goes on: the user gets no answer, after a closed server at once, after one that hangs in five minutes. Rasa
    has no setting and no hook for either, so `watch_remote_actions` replaces `RemoteAction.run`. Then this policy
    predicts `response`, and listens; a form stays where it was.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`timeout` for one action in seconds, and the domain's `response` to give."""
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
        timeout = config["timeout"]
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0 < timeout <= 60:
            raise InvalidConfigException(f"'timeout' is {timeout!r}; it must be seconds, above 0 and at most 60")
        self._response: str = config["response"]
        watch_remote_actions(timeout)
        check_results_quickly()

    @staticmethod
    def supported_data() -> SupportedData:
        """Rules are enough: there is nothing to learn."""
        return SupportedData.ML_AND_RULE_DATA

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Learns nothing, but sees to it that there is something to say.

        Raises:
            InvalidDomain: the domain lacks the response.
        """
        if self._response not in domain.action_names_or_texts:
            raise InvalidDomain(
                f"the domain has no response '{self._response}', which ActionServerGuard gives while the action server "
                "is away; add it to 'responses' of the domain"
            )
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
        probabilities = self._default_predictions(domain)
        if tracker.sender_id in _failed and _failed.pop(tracker.sender_id) == _message_of(tracker):
            action = self._response
        elif tracker.latest_action_name == self._response:
            action = ACTION_LISTEN_NAME
        else:
            return self._prediction(probabilities)
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities, is_no_user_prediction=True)


# Conversations whose last remote action failed, with the message upon which it did: put in by the action, taken out by
# the prediction that follows it in the same process, under the same conversation lock.
_failed: dict[str, object] = {}
_original_run = RemoteAction.run
_original_validate = RemoteAction._validate_action_result


def watch_remote_actions(timeout: float) -> None:
    """Give each remote action `timeout` seconds, and remember the conversations in which one failed."""

    @functools.wraps(_original_run)
    async def run(
        self: RemoteAction, output_channel: Any, nlg: Any, tracker: DialogueStateTracker, domain: Domain
    ) -> Any:
        try:
            return await wait_patiently(_original_run(self, output_channel, nlg, tracker, domain), timeout)
        except ActionExecutionRejection:  # a form's way to say that another action should run
            raise
        except (RasaException, ClientResponseError):
            _failed[tracker.sender_id] = _message_of(tracker)
            raise
        except Exception as error:
            _failed[tracker.sender_id] = _message_of(tracker)
            # Where slots are filled, Rasa goes on after its own exceptions only, and forgets the message upon others.
            raise RasaException(f"The action '{self.name()}' failed: {type(error).__name__}.") from error

    RemoteAction.run = run


def _message_of(tracker: DialogueStateTracker) -> object:
    """Which message of the user is handled: what failed upon an earlier one is not to be said now."""
    latest = tracker.latest_message
    return latest.message_id if latest is not None else None


def check_results_quickly() -> None:
    """Check what an action returns by a schema that is compiled once.

    Rasa hands the schema to `jsonschema.validate`, which first checks the schema itself: 60% of the processor time of
    a message, for a constant. What does not fit is given to Rasa's own check, which says why.
    """
    RemoteAction._validate_action_result = _is_valid_result


def _is_valid_result(self: RemoteAction, result: dict[str, Any]) -> bool:
    if _result_validator().is_valid(result):
        return True
    valid: bool = _original_validate(self, result)
    return valid


@functools.lru_cache(maxsize=1)
def _result_validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    return validator_for(schema)(schema)


async def wait_patiently(coroutine: Coroutine[Any, Any, _T], timeout: float) -> _T:
    """As `asyncio.wait_for`, but time in which the event loop itself was held up counts only in part.

    Where many users write at once, Rasa's own work keeps it from reading a response that has long arrived: that is not
    the action server's fault. So the time-out is ten short ones, and one that ends late counts as one.

    Raises:
        TimeoutError: it took longer, and was cancelled.
    """
    task = asyncio.ensure_future(coroutine)
    try:
        for _ in range(_SLICES):
            done, _pending = await asyncio.wait({task}, timeout=timeout / _SLICES)
            if done:
                return task.result()
        raise asyncio.TimeoutError
    finally:
        task.cancel()
