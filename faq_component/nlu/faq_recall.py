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

from faq_component.arbitrate import CLARIFY_INTENT, FAQ_INTENT, FAQ_INTENTS, PICK_INTENT, intent_stands
from faq_component.build import build_rewriter
from faq_component.choice import read_choice
from faq_component.confidence import DEPTH
from faq_component.faq import Faq
from faq_component.follow_up import decide_after
from faq_component.live import Knowledge, LiveFaq
from faq_component.payload import CHOICES_SLOT, MESSAGE_KEY, TOPIC_ENTITY, TOPIC_SLOT, FaqPayload
from faq_component.responses import message_of
from faq_component.settings import Settings
from faq_component.types import Decision, Hit, Outcome
from faq_component.usage.events import decision_event
from faq_component.usage.recorder import open_recorder

CLARIFY_ACTION = "action_faq_clarify"
ANSWER_ACTIONS = frozenset({"action_faq_answer", "action_faq_pick"})
# What is no turn of the conversation: after a word on an answer, a follow-up to that answer is still one.
_BESIDE = frozenset({ACTION_LISTEN_NAME, "action_faq_feedback"})
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
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The defaults of `Settings`."""
        return dict(vars(Settings()))

    def __init__(self, settings: Settings, live: LiveFaq) -> None:
        self._settings = settings
        self._live = live
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
        """Load the knowledge base and build the retriever; nothing of it enters the Rasa model."""
        settings = Settings.from_mapping(config)
        return cls(settings, LiveFaq(settings, "rasa"))

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Write intent, response selection and payload into each message that is not a command (``/...``)."""
        knowledge = self._live.current
        for message in messages:
            text = message.get(TEXT)
            if not text or text.startswith("/"):
                continue
            if tracker is not None and _gives_what_the_form_asks(message, tracker):
                _leave_to_dialogue(message)
            elif tracker is not None and (picked := self._picked(text, tracker, knowledge.faq)) is not None:
                _pick(message, picked)
            else:
                self._process(message, text, tracker, knowledge)
        return messages

    def _picked(self, text: str, tracker: DialogueStateTracker, faq: Faq) -> str | None:
        """The topic that a typed answer picks among those that the bot has just offered."""
        offered = _set_by_last_action(tracker, frozenset({CLARIFY_ACTION}), CHOICES_SLOT) or []
        if not all(topic_id in faq.by_id for topic_id in offered):
            return None  # the FAQ was edited: the numbers that the user saw are not those of the topics that are left
        titles = [(topic_id, self._rewrite(faq.by_id[topic_id].title)) for topic_id in offered]
        return read_choice(self._rewrite(text), titles)

    def _process(self, message: Message, text: str, tracker: DialogueStateTracker | None, knowledge: Knowledge) -> None:
        in_dialogue = tracker is not None and bool(tracker.active_loop_name)
        hits, decision = self._decide(text, None if in_dialogue else tracker, knowledge)
        intent = message.get(INTENT) or {}
        if intent_stands(
            intent.get("name"),
            intent.get("confidence", 0.0),
            decision,
            in_dialogue=in_dialogue,
            threshold=self._settings.intent_threshold,
        ):
            return
        self._record(text, tracker, hits, decision, knowledge.faq.fingerprint)
        self._write_intent(message, decision)
        message.set(MESSAGE_KEY, FaqPayload.of(decision, knowledge.faq.version).to_json(), add_to_output=True)
        message.set("response_selector", _selection(decision, hits, knowledge.faq), add_to_output=True)

    def _decide(
        self, text: str, tracker: DialogueStateTracker | None, knowledge: Knowledge
    ) -> tuple[list[Hit], Decision]:
        """Decide on the message alone; where it is unclear, and the bot has just answered, with that topic."""
        look_back = tracker is not None and self._settings.follow_up
        answered = _set_by_last_action(tracker, ANSWER_ACTIONS, TOPIC_SLOT) if look_back else None
        last = knowledge.faq.by_id.get(answered or "")
        return decide_after(knowledge.retriever, knowledge.rule, text, last, max(self._settings.top_k, DEPTH))

    def _record(
        self,
        text: str,
        tracker: DialogueStateTracker | None,
        hits: list[Hit],
        decision: Decision,
        fingerprint: str,
    ) -> None:
        """Log the decision, if it is one of a conversation: `rasa test` and whoever only parses a text have none."""
        if tracker is not None and tracker.events:
            sender, channel = tracker.sender_id, tracker.get_latest_input_channel()
            self._usage.record(
                decision_event(text, decision, hits, faq=fingerprint, conversation=sender, channel=channel)
            )

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


def _selection(decision: Decision, hits: list[Hit], faq: Faq) -> dict[str, Any]:
    """The form of Rasa's ResponseSelector: ``faq/<topic id>`` as response key."""
    if not hits:
        return {"all_retrieval_intents": [FAQ_INTENT]}
    ranking = [{"confidence": hit.score, "intent_response_key": f"{FAQ_INTENT}/{hit.topic_id}"} for hit in hits]
    ranking[0]["confidence"] = decision.confidence
    best = faq.by_id[hits[0].topic_id]
    response = {
        "responses": [message_of(response) for response in best.responses],
        "confidence": decision.confidence,
        "intent_response_key": f"{FAQ_INTENT}/{best.id}",
        "utter_action": f"utter_{FAQ_INTENT}/{best.id}",
    }
    return {"all_retrieval_intents": [FAQ_INTENT], FAQ_INTENT: {"response": response, "ranking": ranking}}
