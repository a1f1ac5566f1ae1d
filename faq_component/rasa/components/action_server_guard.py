"""A policy that answers when the action server fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from functools import partial
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
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import ClientResponseError

from faq_component.language import _
from faq_component.rasa import patches
from faq_component.rasa.config_faults import raised_as_rasa_does
from faq_component.support.setting_fields import Affects, CheckedSettings, setting

_ABOVE_RULES = 100
_SLICES = 10  # of a time-out

_NAMES = ("answer", "clarify", "pick", "fallback", "feedback", "handover", "resume")
_OURS = frozenset(f"action_faq_{name}" for name in _NAMES)

_T = TypeVar("_T")
_setting = partial(setting, group="Policy", affects=Affects.DIALOGUE)


@dataclass(frozen=True)
class GuardSettings(CheckedSettings):
    """Settings of the policy in `config.yml`."""

    timeout: float = _setting(3.0, "time-out of an action, in seconds", low=0.001, high=60.0)
    actions: str = _setting("faq", "which actions are watched: those of the FAQ, or all", choices=("faq", "all"))
    response: str = _setting("utter_unavailable", "response of the domain to utter")
    priority: int = _setting(_ABOVE_RULES, "priority among the policies", low=0, high=1_000_000)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class ActionServerGuard(Policy):
    """Apologises within seconds where Rasa would stay silent.

    It watches the FAQ's actions, or all actions of the project (`actions: all`). If the action server is down,
    hangs or fails, Rasa logs the exception, records the action without events, and continues: the user gets no
    answer, at once if it is down, after five minutes if it hangs. Rasa has neither a setting nor a hook for this,
    so `patches.watch_remote_actions` lets this module watch actions. After a failed action this policy predicts
    `response`, then listening; an active form stays where it was.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults of `GuardSettings`."""
        return asdict(GuardSettings())

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: None = None,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context, featurizer)
        with raised_as_rasa_does(_("config.yml, policy 'ActionServerGuard': {fault}")):
            settings = GuardSettings.from_mapping(config)
        self._response = settings.response
        _watch.timeout, _watch.all_actions = settings.timeout, settings.actions == "all"

    @staticmethod
    def supported_data() -> SupportedData:
        """Accept any training data; nothing is learned."""
        return SupportedData.ML_AND_RULE_DATA

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Learn nothing, but check that the domain has the response.

        Raises:
            InvalidDomain: the domain lacks the response.
        """
        if self._response not in domain.action_names_or_texts:
            raise InvalidDomain(
                _(
                    "the domain has no response '{name}', which ActionServerGuard utters when the action server fails; "
                    "add it to 'responses' of the domain"
                ).format(name=self._response)
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
        """Predict the response after a failed action, and listening after the response; otherwise nothing."""
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
    """Limits the time of each remote action, and records the conversations in which one failed.

    Rasa runs actions and policies in one process, under one lock per conversation: the action records a failure, and
    the prediction after it removes the record.
    """

    def __init__(self) -> None:
        self.timeout: float | None = None  # seconds; None until a policy is loaded: Rasa's five minutes apply
        self.all_actions = False  # whether those of the host project are watched too
        self._failed: dict[str, object] = {}  # conversation -> message at which an action failed

    async def __call__(self, action: RemoteAction, tracker: DialogueStateTracker, call: Awaitable[_T]) -> _T:
        """Return the result of an action, within the time-out."""
        if self.timeout is None or not (self.all_actions or action.name() in _OURS):
            return await call
        try:
            return await wait_for_loop_time(call, self.timeout)
        except ActionExecutionRejection:  # a form's signal that another action should run
            raise
        except (RasaException, ClientResponseError):
            self._failed[tracker.sender_id] = _message_of(tracker)
            raise
        except Exception as error:
            self._failed[tracker.sender_id] = _message_of(tracker)
            # While filling slots, Rasa survives only its own exceptions; at others it loses the message.
            raise RasaException(f"The action '{action.name()}' failed: {type(error).__name__}.") from error

    def has_failed(self, tracker: DialogueStateTracker) -> bool:
        """Whether an action failed at the current message; clears the record."""
        return tracker.sender_id in self._failed and self._failed.pop(tracker.sender_id) == _message_of(tracker)


def _message_of(tracker: DialogueStateTracker) -> object:
    """Return the id of the current message, so that a failure at an earlier one is not reported now."""
    latest = tracker.latest_message
    return latest.message_id if latest is not None else None


async def wait_for_loop_time(call: Awaitable[_T], timeout: float) -> _T:
    """Wait for a call like `asyncio.wait_for`, but discount time in which the event loop was blocked.

    When many users write at once, Rasa's own work delays reading a response that has arrived, which is not the action
    server's fault. So the time-out is split into ten slices, and a slice that ends late counts once.

    Raises:
        asyncio.TimeoutError: the call took longer, and was cancelled.
    """
    task = asyncio.ensure_future(call)
    try:
        for _slice in range(_SLICES):
            done, _pending = await asyncio.wait({task}, timeout=timeout / _SLICES)
            if done:
                return task.result()
        raise asyncio.TimeoutError
    finally:
        task.cancel()


_watch = _Watch()
patches.watch_remote_actions(_watch)
patches.check_results_quickly()
