"""The pipeline component that retrieves the FAQ topic of a message."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME as FALLBACK_INTENT
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from faq_component.assistant.build_text import build_rewriter
from faq_component.assistant.nearest import nearest_hits
from faq_component.dialogue.arbitration import (
    CLARIFY_INTENT,
    FAQ_INTENT,
    FAQ_INTENTS,
    FEEDBACK_INTENT,
    HANDOVER_INTENT,
    PICK_INTENT,
    intent_stands,
    is_readable,
)
from faq_component.dialogue.choice import read_choice
from faq_component.dialogue.payload import (
    CHOICES_SLOT,
    COMMENT_ENTITY,
    MESSAGE_KEY,
    REFUSED,
    TOPIC_ENTITY,
    TOPIC_SLOT,
    UNAVAILABLE,
)
from faq_component.dialogue.scope import Scope, scope_of
from faq_component.dialogue.words import Heard, Passing
from faq_component.dialogue.words_file import LiveWords
from faq_component.errors import FaqError, ScopeError
from faq_component.knowledge.checking import Faq
from faq_component.knowledge.responses import message_of
from faq_component.rasa import patches
from faq_component.rasa.components import admission  # noqa: F401 (which patches Rasa)
from faq_component.rasa.components.comments import commented_topic, set_intent
from faq_component.rasa.components.incoming_channel import channel_of
from faq_component.rasa.components.questions import question_of
from faq_component.rasa.components.sentence_featurizer import WITHOUT_VECTOR
from faq_component.rasa.config_faults import raised_as_rasa_does
from faq_component.rasa.handover.desk import watch as handovers
from faq_component.rasa.remote.ahead import Asked, prepare
from faq_component.rasa.remote.assistant import Decider, RemoteAssistant, open_assistant
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from faq_component.support.memory import share_memory
from faq_component.types import Decision, Outcome, Result
from faq_component.usage.events import decision_event, words_event
from faq_component.usage.recorder import open_recorder

logger = logging.getLogger(__name__)

CLARIFY_ACTION = "action_faq_clarify"
# Actions that offer topics, which the next message may pick by number.
OFFERING_ACTIONS = frozenset({CLARIFY_ACTION, "action_faq_suggest"})
ANSWER_ACTIONS = frozenset({"action_faq_answer", "action_faq_pick"})
# Actions that do not end a turn: after a rating of an answer, the next message may still follow up on that answer.
_TRANSPARENT = frozenset({ACTION_LISTEN_NAME, "action_faq_feedback"})
_UNDECIDED = Decision(Outcome.REJECT, 0.0, ())
_INTENTS = {Outcome.ANSWER: FAQ_INTENT, Outcome.CLARIFY: CLARIFY_INTENT, Outcome.REJECT: FALLBACK_INTENT}

_NOT_DIALOGUE = FAQ_INTENTS | {FALLBACK_INTENT}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class FaqRecall(GraphComponent, IntentClassifier):
    """Retrieves FAQ topics for each message and writes the decision.

    It comes after the classifier of the dialogue's intents, best at the end of the pipeline. Where FallbackClassifier
    comes behind it, an unsure intent of the dialogue is given up too if the FAQ knows no answer. Otherwise that intent
    stands: it is not the FAQ's to reject. It writes the intent (`faq`, `faq_clarify` or `nlu_fallback`), the output of
    a response selector (so that `rasa test nlu` reports response selection) and the payload ``faq`` for the action
    server. If `arbitration.intent_stands`, it leaves the message as the classifier made it.

    It first checks for a typed answer to a clarifying question (`read_choice`), which becomes the intent `faq_pick`, as
    if the button had been pressed. The slot ``faq_choices`` holds the topics offered, valid for the message after the
    question. After a reason why an answer was not useful, a message that the FAQ does not answer is a comment on that
    (`commented_topic`). The slot ``faq_topic`` holds the topic of an answer: the message after it is searched together
    with that topic if it is unclear on its own.

    A message with a word that must not pass (setting `words`) is not searched: its payload is `REFUSED`, at which the
    action says so.

    With `service_url`, ``faq serve`` retrieves and decides. While it does not answer, an intent of the dialogue still
    stands if it would, and any other message gets the payload `UNAVAILABLE`, at which the action apologises.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults of `Settings`."""
        return dict(vars(Settings()))

    def __init__(self, settings: Settings, assistant: Decider, *, before_fallback: bool = True) -> None:
        self._settings = settings
        self._before_fallback = before_fallback
        self._assistant = assistant
        self._rewrite = build_rewriter(settings)
        self._words = LiveWords(settings.words, simplify=settings.simplify)
        self._usage = open_recorder(settings.log, self._words.hide)
        prepare(type(self).__name__, self._asked_ahead if isinstance(assistant, RemoteAssistant) else None)
        patches.keep_jieba_cache_private(settings.cache_dir)  # before the first message: also with `service_url`
        patches.cut_long_texts()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FaqRecall:
        """Load the knowledge base and build the retriever, or connect to the service. The Rasa model stores neither."""
        settings = Settings.from_mapping(config)
        return cls(settings, open_assistant(settings), before_fallback=_is_before_fallback(execution_context))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FaqRecall:
        """Create the component in a server: if the FAQ is faulty, it starts with the previous version."""
        settings = Settings.from_mapping(config)
        assistant = open_assistant(settings, or_kept=True)
        if settings.handover:
            with raised_as_rasa_does("{fault}"):
                handovers.open(settings, settings.handover)
        else:
            handovers.close()
        return cls(settings, assistant, before_fallback=_is_before_fallback(execution_context))

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Write intent, response selection and payload into each message, except known commands (``/...``)."""
        for message in messages:
            text = message.get(TEXT)
            if text is None or _is_command(message, text):
                continue
            heard = self._words.current.heard(text)
            for words in heard.lists:
                self._record_words(words, tracker)
            if heard.stopped:
                self._refuse(message, heard)
            elif tracker is not None and _fills_requested_slot(message, tracker):
                _leave_to_dialogue(message)
            elif tracker is not None and (picked := self._picked(text, tracker, self._assistant.faq)) is not None:
                set_intent(message, PICK_INTENT, {TOPIC_ENTITY: picked})
            else:
                self._process(message, heard.text, tracker)
        return messages

    def _refuse(self, message: Message, heard: Heard) -> None:
        """Have a message with a word that must not pass answered as such, which leaves a form where it was.

        With a word of the list `hand_over` it is a wish for a person, where the setting `handover` is on.
        """
        if heard.passing is Passing.HAND_OVER and self._settings.handover:
            set_intent(message, HANDOVER_INTENT, {})
            return
        set_intent(message, FAQ_INTENT, {})
        message.set(MESSAGE_KEY, REFUSED, add_to_output=True)
        message.set("response_selector", _selection(None, None), add_to_output=True)

    def _picked(self, text: str, tracker: DialogueStateTracker, faq: Faq) -> str | None:
        """Return the topic that a typed answer picks from those just offered, or None."""
        offered = _set_by_last_action(tracker, OFFERING_ACTIONS, CHOICES_SLOT)
        if not isinstance(offered, list):
            return None
        if not all(isinstance(topic_id, str) and topic_id in faq.by_id for topic_id in offered):
            return None  # the FAQ was edited: the numbers that the user saw no longer match
        titles = [(topic_id, self._rewrite(faq.by_id[topic_id].title)) for topic_id in offered]
        return read_choice(self._rewrite(text), titles)

    def _asked_ahead(self, message: UserMessage, tracker: DialogueStateTracker | None) -> Asked | None:
        """Return what `process` will ask the service, as far as the message alone tells (`ask_ahead`)."""
        text = message.text or ""
        heard = self._words.current.heard(text)
        if not isinstance(self._assistant, RemoteAssistant) or heard.stopped or text.startswith("/"):
            return None
        if tracker is not None and self._picked(text, tracker, self._assistant.faq) is not None:
            return None
        after = None if tracker is not None and tracker.active_loop_name else self._answered_last(tracker)
        try:
            scope = self._scope(Message({TEXT: text, "metadata": message.metadata}), tracker)
            return self._assistant.asked(Question(heard.text), after=after, scope=scope)
        except ScopeError:  # `process` says so
            return None

    def _process(self, message: Message, text: str, tracker: DialogueStateTracker | None) -> None:
        in_dialogue = tracker is not None and bool(tracker.active_loop_name)
        scope, begun = None, time.perf_counter()
        try:
            after = None if in_dialogue else self._answered_last(tracker)
            scope = self._scope(message, tracker)
            question = question_of(message) if text == message.get(TEXT) else Question(text)
            result = self._assistant.decide(question, after=after, scope=scope)
        except ScopeError as error:  # of a slot or of metadata, which whoever sends messages may choose
            logger.warning("%s", error)
            result = Result((), _UNDECIDED, self._assistant.faq.version)
        except FaqError:  # the service, an encoder or an engine on another machine does not answer
            if not self._intent_stands(message, _UNDECIDED, in_dialogue):
                self._write(message, _UNDECIDED, UNAVAILABLE, _selection(None, None))
            return
        milliseconds = 1000 * (time.perf_counter() - begun)
        if self._intent_stands(message, result.decision, in_dialogue):
            return
        if not in_dialogue and (topic_id := commented_topic(text, tracker, result.decision)) is not None:
            set_intent(message, FEEDBACK_INTENT, {TOPIC_ENTITY: topic_id, COMMENT_ENTITY: True})
            return
        faq = self._assistant.faq_of(result.version)
        if tracker is not None and tracker.events:  # `rasa test` and plain parsing have no conversation
            known = {"faq": faq.fingerprint, "conversation": tracker.sender_id, "channel": channel_of(tracker)}
            self._usage.record(decision_event(text, result, milliseconds=milliseconds, scope=scope, **known))
        self._write(message, result.decision, self._kept(result).to_json(), _selection(result, faq))

    def _kept(self, result: Result) -> Result:
        """Return what the action needs of a result: the hits of the decision, or the nearest of a rejected question."""
        nearest = nearest_hits(result, self._settings.nearest_floor)
        return replace(result, hits=nearest) if nearest else result.decided()

    def _scope(self, message: Message, tracker: DialogueStateTracker | None) -> Scope | None:
        """Return the scope that the setting `scope` gives a message."""
        metadata = message.get("metadata")
        return scope_of(
            self._settings.scope,
            slots=tracker.current_slot_values() if tracker is not None else {},
            metadata=metadata if isinstance(metadata, Mapping) else {},
            channel=channel_of(tracker),
        )

    def _intent_stands(self, message: Message, decision: Decision, in_dialogue: bool) -> bool:
        """Whether the classifier's intent stands; without a vector, or a readable text, it is meaningless."""
        intent = message.get(INTENT) or {}
        if intent.get("name") == FALLBACK_INTENT:
            return False
        if message.get(WITHOUT_VECTOR) or not is_readable(message.get(TEXT), question_of(message).key):
            return False
        if decision.outcome is Outcome.REJECT and not self._before_fallback:
            return intent.get("name") not in {None, *FAQ_INTENTS}
        return intent_stands(
            intent.get("name"),
            intent.get("confidence", 0.0),
            decision,
            in_dialogue=in_dialogue,
            threshold=self._settings.intent_threshold,
        )

    def _answered_last(self, tracker: DialogueStateTracker | None) -> str | None:
        """Return the id of the topic just answered, if follow-ups are on."""
        if tracker is None or not self._settings.follow_up:
            return None
        topic_id = _set_by_last_action(tracker, ANSWER_ACTIONS, TOPIC_SLOT)
        return topic_id if isinstance(topic_id, str) else None

    def _record_words(self, words: str, tracker: DialogueStateTracker | None) -> None:
        """Count a word that must not pass in a conversation."""
        if tracker is not None and tracker.events:
            faq, sender = self._assistant.faq.fingerprint, tracker.sender_id
            self._usage.record(words_event(words, faq=faq, conversation=sender, channel=channel_of(tracker)))

    def _write(self, message: Message, decision: Decision, payload: dict[str, Any], selection: dict[str, Any]) -> None:
        self._write_intent(message, decision)
        message.set(MESSAGE_KEY, payload, add_to_output=True)
        message.set("response_selector", selection, add_to_output=True)

    def _write_intent(self, message: Message, decision: Decision) -> None:
        name = _INTENTS[decision.outcome]
        confidence = decision.confidence if decision.outcome is not Outcome.REJECT else 0.0
        others = [entry for entry in message.get(INTENT_RANKING_KEY) or [] if entry.get("name") not in _NOT_DIALOGUE]
        # FallbackClassifier compares with the second entry, which the arbitration has already weighed.
        second = {"name": others[0]["name"], "confidence": 0.0} if others else {"name": None, "confidence": 0.0}
        intent = {"name": name, "confidence": confidence}
        message.set(INTENT, intent, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [intent, second], add_to_output=True)


def _is_before_fallback(context: ExecutionContext) -> bool:
    """Whether FallbackClassifier comes behind this component in the pipeline."""
    nodes = context.graph_schema.nodes
    for node in nodes.values():
        before = node.needs.get("messages") if issubclass(node.uses, FallbackClassifier) else None
        while before in nodes:
            if before == context.node_name:
                return True
            before = nodes[before].needs.get("messages")
    return False


def _is_command(message: Message, text: str) -> bool:
    """Whether a text is the command of the intent that the message has; an unknown one is a message like any other."""
    name = (message.get(INTENT) or {}).get("name")
    return name is not None and re.match(rf"/{re.escape(name)}\s*(?:[@{{]|$)", text) is not None


def _fills_requested_slot(message: Message, tracker: DialogueStateTracker) -> bool:
    """Whether an entity of the message has the name of the slot that the active form requests."""
    requested = tracker.get_slot("requested_slot") if tracker.active_loop_name else None
    return requested is not None and any(entity["entity"] == requested for entity in message.get(ENTITIES) or [])


def _set_by_last_action(tracker: DialogueStateTracker, actions: frozenset[str], slot: str) -> Any:
    """Return the value that the last action set a slot to; None if it was another action or did not set it."""
    value = None
    for event in reversed(tracker.events):
        if isinstance(event, SlotSet) and event.key == slot and value is None:
            value = event.value
        if isinstance(event, ActionExecuted) and event.action_name not in _TRANSPARENT:
            return value if event.action_name in actions else None
    return None


def _leave_to_dialogue(message: Message) -> None:
    """Set the best intent that is not the FAQ's, with confidence 1, since the entity is what the form requests."""
    ranking = message.get(INTENT_RANKING_KEY) or []
    others = [entry["name"] for entry in ranking if entry["name"] not in FAQ_INTENTS]
    if others and others[0] != FALLBACK_INTENT:
        message.set(INTENT, {"name": others[0], "confidence": 1.0}, add_to_output=True)


def _selection(result: Result | None, faq: Faq | None) -> dict[str, Any]:
    """Return the output of Rasa's ResponseSelector, with ``faq/<topic id>`` as response key."""
    hits = result.hits if result else ()
    best = faq.by_id.get(hits[0].topic_id) if faq and hits else None
    if result is None or best is None:  # no hit, or the service's version is not here yet
        return {"all_retrieval_intents": [FAQ_INTENT]}
    confidence = result.decision.confidence
    ranking = [{"confidence": hit.score, "intent_response_key": f"{FAQ_INTENT}/{hit.topic_id}"} for hit in hits]
    ranking[0]["confidence"] = confidence
    response = {
        "responses": [message_of(response) for response in best.responses],
        "confidence": confidence,
        "intent_response_key": f"{FAQ_INTENT}/{best.id}",
        "utter_action": f"utter_{FAQ_INTENT}/{best.id}",
    }
    return {"all_retrieval_intents": [FAQ_INTENT], FAQ_INTENT: {"response": response, "ranking": ranking}}


# Here, since every model of this package has this component.
patches.skip_environments()
patches.end_shell_when_left()
patches.refuse_misframed_requests()
patches.clean_logs()
share_memory()
