"""The pipeline component that finds the FAQ topic of a message."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from faq_component.assistant.build_text import build_rewriter
from faq_component.dialogue.arbitration import CLARIFY_INTENT, FAQ_INTENT, FAQ_INTENTS, PICK_INTENT, intent_stands
from faq_component.dialogue.choice import read_choice
from faq_component.dialogue.payload import CHOICES_SLOT, MESSAGE_KEY, TOPIC_ENTITY, TOPIC_SLOT, UNAVAILABLE
from faq_component.errors import FaqError
from faq_component.knowledge.checking import Faq
from faq_component.knowledge.responses import message_of
from faq_component.rasa import patches
from faq_component.rasa.components.questions import question_of
from faq_component.rasa.components.sentence_featurizer import WITHOUT_VECTOR
from faq_component.rasa.remote.assistant import Decider, open_assistant
from faq_component.settings import Settings
from faq_component.types import Decision, Outcome, Result
from faq_component.usage.events import decision_event
from faq_component.usage.recorder import open_recorder

CLARIFY_ACTION = "action_faq_clarify"
ANSWER_ACTIONS = frozenset({"action_faq_answer", "action_faq_pick"})
# What is no turn of the conversation: after a word on an answer, a follow-up to that answer is still one.
_BESIDE = frozenset({ACTION_LISTEN_NAME, "action_faq_feedback"})
_UNDECIDED = Decision(Outcome.REJECT, 0.0, ())
_INTENTS = {Outcome.ANSWER: FAQ_INTENT, Outcome.CLARIFY: CLARIFY_INTENT, Outcome.REJECT: None}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class FaqRecall(GraphComponent, IntentClassifier):
    """Recalls FAQ topics for each message and writes the decision.

    It stands after the classifier of the dialogue's own intents and before FallbackClassifier. It writes the intent
    (`faq`, `faq_clarify`, or none, so that FallbackClassifier acts), the output of a response selector (so that
    `rasa test nlu` reports response selection) and the payload ``faq`` for the action server. Where
    `arbitrate.intent_stands`, the message is left as the classifier made it.

    A typed answer to the bot's question back (`read_choice`) is looked for first: it becomes the intent `faq_pick`, as
    if the button had been pressed. What was offered is in the slot ``faq_choices``; it counts for the one message that
    follows the question. Likewise the topic of an answer is in the slot ``faq_topic``: the one message that follows it
    is searched with that topic where it is unclear on its own.

    With `service_url`, ``faq serve`` recalls and decides. While it cannot be asked, an intent of the dialogue stands
    where it would, and any other message has the payload `UNAVAILABLE`, on which the action says so politely.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The defaults of `Settings`."""
        return dict(vars(Settings()))

    def __init__(self, settings: Settings, assistant: Decider) -> None:
        self._settings = settings
        self._assistant = assistant
        self._rewrite = build_rewriter(settings)
        self._usage = open_recorder(settings.log)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FaqRecall:
        """Load the knowledge base and build the retriever, or ask the service; nothing of it enters the Rasa model."""
        settings = Settings.from_mapping(config)
        return cls(settings, open_assistant(settings))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FaqRecall:
        """The same in a server: where the FAQ is faulty now, it begins with the version before, as while it runs."""
        settings = Settings.from_mapping(config)
        return cls(settings, open_assistant(settings, or_kept=True))

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Write intent, response selection and payload into each message that is not a command (``/...``)."""
        for message in messages:
            text = message.get(TEXT)
            if text is None or text.startswith("/"):
                continue
            if tracker is not None and _gives_what_the_form_asks(message, tracker):
                _leave_to_dialogue(message)
            elif tracker is not None and (picked := self._picked(text, tracker, self._assistant.faq)) is not None:
                _pick(message, picked)
            else:
                self._process(message, text, tracker)
        return messages

    def _picked(self, text: str, tracker: DialogueStateTracker, faq: Faq) -> str | None:
        """The topic that a typed answer picks among those that the bot has just offered."""
        offered = _set_by_last_action(tracker, frozenset({CLARIFY_ACTION}), CHOICES_SLOT) or []
        if not all(topic_id in faq.by_id for topic_id in offered):
            return None  # the FAQ was edited: the numbers that the user saw are not those of the topics that are left
        titles = [(topic_id, self._rewrite(faq.by_id[topic_id].title)) for topic_id in offered]
        return read_choice(self._rewrite(text), titles)

    def _process(self, message: Message, text: str, tracker: DialogueStateTracker | None) -> None:
        in_dialogue = tracker is not None and bool(tracker.active_loop_name)
        try:
            after = None if in_dialogue else self._answered_last(tracker)
            result = self._assistant.decide(question_of(message), after=after)
        except FaqError:  # the service, an encoder or an engine on another machine is away
            if not self._intent_stands(message, _UNDECIDED, in_dialogue):
                self._write(message, _UNDECIDED, UNAVAILABLE, _selection(None, None))
            return
        if self._intent_stands(message, result.decision, in_dialogue):
            return
        faq = self._assistant.faq_of(result.version)
        self._record(text, tracker, result, faq)
        self._write(message, result.decision, result.decided().to_json(), _selection(result, faq))

    def _intent_stands(self, message: Message, decision: Decision, in_dialogue: bool) -> bool:
        """Whether the classifier's intent does; one that had no vector to classify knows nothing."""
        intent = message.get(INTENT) or {}
        return not message.get(WITHOUT_VECTOR) and intent_stands(
            intent.get("name"),
            intent.get("confidence", 0.0),
            decision,
            in_dialogue=in_dialogue,
            threshold=self._settings.intent_threshold,
        )

    def _answered_last(self, tracker: DialogueStateTracker | None) -> str | None:
        """The id of the topic that the bot has just answered, where the message may be understood with it."""
        if tracker is None or not self._settings.follow_up:
            return None
        topic_id: str | None = _set_by_last_action(tracker, ANSWER_ACTIONS, TOPIC_SLOT)
        return topic_id

    def _record(self, text: str, tracker: DialogueStateTracker | None, result: Result, faq: Faq) -> None:
        """Log the decision, if it is one of a conversation: `rasa test` and whoever only parses a text have none."""
        if tracker is not None and tracker.events:
            sender, channel = tracker.sender_id, tracker.get_latest_input_channel()
            self._usage.record(decision_event(text, result, faq=faq.fingerprint, conversation=sender, channel=channel))

    def _write(self, message: Message, decision: Decision, payload: dict[str, Any], selection: dict[str, Any]) -> None:
        self._write_intent(message, decision)
        message.set(MESSAGE_KEY, payload, add_to_output=True)
        message.set("response_selector", selection, add_to_output=True)

    def _write_intent(self, message: Message, decision: Decision) -> None:
        name = _INTENTS[decision.outcome]
        confidence = decision.confidence if name else 0.0
        others = [entry for entry in message.get(INTENT_RANKING_KEY) or [] if entry.get("name") not in FAQ_INTENTS]
        # FallbackClassifier looks at the gap to the second entry; the arbitration has already weighed that one.
        second = {"name": others[0]["name"], "confidence": 0.0} if others else {"name": None, "confidence": 0.0}
        intent = {"name": name, "confidence": confidence}
        message.set(INTENT, intent, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [intent, second], add_to_output=True)


def _gives_what_the_form_asks(message: Message, tracker: DialogueStateTracker) -> bool:
    """Whether an entity of the message bears the name of the slot that the running form asks for."""
    requested = tracker.get_slot("requested_slot") if tracker.active_loop_name else None
    return requested is not None and any(entity["entity"] == requested for entity in message.get(ENTITIES) or [])


def _set_by_last_action(tracker: DialogueStateTracker, actions: frozenset[str], slot: str) -> Any:
    """What the bot's last action has set a slot to; None where it was none of these actions, or has not set it."""
    value = None
    for event in reversed(tracker.events):
        if isinstance(event, SlotSet) and event.key == slot and value is None:
            value = event.value
        if isinstance(event, ActionExecuted) and event.action_name not in _BESIDE:
            return value if event.action_name in actions else None
    return None


def _pick(message: Message, topic_id: str) -> None:
    """Make the message what the button of that topic sends."""
    intent = {"name": PICK_INTENT, "confidence": 1.0}
    entity = {"entity": TOPIC_ENTITY, "value": topic_id, "confidence_entity": 1.0, "extractor": FaqRecall.__name__}
    message.set(INTENT, intent, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [intent, {"name": None, "confidence": 0.0}], add_to_output=True)
    others = [other for other in message.get(ENTITIES) or [] if other["entity"] != TOPIC_ENTITY]
    message.set(ENTITIES, [*others, entity], add_to_output=True)


def _leave_to_dialogue(message: Message) -> None:
    """Make the classifier's best intent that is not the FAQ's the intent: certain, as the entity is what was asked."""
    ranking = message.get(INTENT_RANKING_KEY) or []
    others = [entry["name"] for entry in ranking if entry["name"] not in FAQ_INTENTS]
    if others:
        message.set(INTENT, {"name": others[0], "confidence": 1.0}, add_to_output=True)


def _selection(result: Result | None, faq: Faq | None) -> dict[str, Any]:
    """The form of Rasa's ResponseSelector: ``faq/<topic id>`` as response key."""
    hits = result.hits if result else ()
    best = faq.by_id.get(hits[0].topic_id) if faq and hits else None
    if result is None or best is None:  # nothing was found, or what the service has found is not here yet
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


patches.skip_environments()  # here, since every model of ours has this component
