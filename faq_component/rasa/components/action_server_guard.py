"""The policy that speaks up when the action server does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

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

from faq_component.rasa import patches

_ABOVE_RULES = 100
_SLICES = 10  # into which a time-out is cut

_T = TypeVar("_T")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class ActionServerGuard(Policy):
    """Says a polite sentence, within seconds, where Rasa would stay silent.

    When the action server is closed, hangs or fails, Rasa logs the exception, records the action without any event,
    and goes on: the user gets no answer, after a closed server at once, after one that hangs in five minutes. Rasa
    has no setting and no hook for either, so `patches.watch_remote_actions` has actions watched from here. After one
    that failed this policy predicts `response`, and listens; a form stays where it was.
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
        _watch.timeout = timeout

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
        if _watch.has_failed(tracker):
            action = self._response
        elif tracker.latest_action_name == self._response:
            action = ACTION_LISTEN_NAME
        else:
            return self._prediction(probabilities)
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities, is_no_user_prediction=True)


class _Watch:
    """Gives each remote action its time, and remembers the conversations in which one failed.

    Rasa calls actions and policies in one process, under one lock for each conversation: a failure is put in by the
    action, and taken out by the prediction that follows it.
    """

    def __init__(self) -> None:
        self.timeout: float | None = None  # seconds for an action; none while no policy is loaded: Rasa's five minutes
        self._failed: dict[str, object] = {}  # conversations, with the message upon which an action failed

    async def __call__(self, action: RemoteAction, tracker: DialogueStateTracker, call: Awaitable[_T]) -> _T:
        """What an action returns, within the time."""
        if self.timeout is None:
            return await call
        try:
            return await wait_patiently(call, self.timeout)
        except ActionExecutionRejection:  # a form's way to say that another action should run
            raise
        except (RasaException, ClientResponseError):
            self._failed[tracker.sender_id] = _message_of(tracker)
            raise
        except Exception as error:
            self._failed[tracker.sender_id] = _message_of(tracker)
            # Where slots are filled, Rasa goes on after its own exceptions only, and forgets the message upon others.
            raise RasaException(f"The action '{action.name()}' failed: {type(error).__name__}.") from error

    def has_failed(self, tracker: DialogueStateTracker) -> bool:
        """Whether an action failed upon the message that is handled; says so once."""
        return tracker.sender_id in self._failed and self._failed.pop(tracker.sender_id) == _message_of(tracker)


def _message_of(tracker: DialogueStateTracker) -> object:
    """Which message of the user is handled: what failed upon an earlier one is not to be said now."""
    latest = tracker.latest_message
    return latest.message_id if latest is not None else None


async def wait_patiently(call: Awaitable[_T], timeout: float) -> _T:
    """As `asyncio.wait_for`, but time in which the event loop itself was held up counts only in part.

    Where many users write at once, Rasa's own work keeps it from reading a response that has long arrived: that is not
    the action server's fault. So the time-out is ten short ones, and one that ends late counts as one.

    Raises:
        TimeoutError: it took longer, and was cancelled.
    """
    task = asyncio.ensure_future(call)
    try:
        for _ in range(_SLICES):
            done, _pending = await asyncio.wait({task}, timeout=timeout / _SLICES)
            if done:
                return task.result()
        raise asyncio.TimeoutError
    finally:
        task.cancel()


_watch = _Watch()
patches.watch_remote_actions(_watch)
patches.check_results_quickly()
