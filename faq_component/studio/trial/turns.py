"""A conversation that is tried: what each message is asked with, and what the bot makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from faq_component.assistant.answer import Answer
from faq_component.assistant.assistant import Assistant
from faq_component.assistant.explanation import Explanation
from faq_component.dialogue.choice import NONE_OF_THESE, read_choice
from faq_component.knowledge.topics import Topic
from faq_component.studio.topics.form import Fields
from faq_component.types import Decision, Hit, Outcome, Result

_LONGEST = 10_000  # characters of a message
_MOST = 50  # slots, tags and offered topics


@dataclass(frozen=True)
class Asked:
    """A message with the state of its conversation, as the fields of a form hold it.

    Args:
        text: the message; empty where a button is pressed.
        pick: id of the topic of the button.
        after: id of the topic that was answered last.
        offered: ids of the topics that the bot has just offered.
        tags: of the user's scope, any of them; none for the whole FAQ.
        channel: of the user; empty for any.
        slots: of the conversation.
    """

    text: str
    pick: str = ""
    after: str = ""
    offered: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    channel: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, given: Fields) -> Asked | None:
        """Read a submitted form; None where nothing is asked, or too much."""
        text, pick = given.get("text", "").strip(), given.get("pick", "").strip()
        if not (text or pick) or len(text) > _LONGEST:
            return None
        pairs = (line.partition("=") for line in given.get("slots", "").splitlines()[:_MOST])
        return cls(
            text,
            pick,
            given.get("after", "").strip(),
            tuple(given.get("offered", "").split()[:_MOST]),
            tuple(tag for tag in given.getlist("tag")[:_MOST] if tag),
            given.get("channel", "").strip(),
            {name.strip(): value.strip() for name, equals, value in pairs if equals and name.strip()},
        )

    @property
    def slot_lines(self) -> str:
        """The slots as the field has them."""
        return "\n".join(f"{name}={value}" for name, value in self.slots.items())


@dataclass(frozen=True)
class Turn:
    """A message and what the bot makes of it.

    Args:
        asked: the message.
        answer: what the user reads; None where the user picked none of the topics that were offered.
        explanation: why; None where a topic was picked.
        topic: the topic of the button, or that a typed reply has picked.
    """

    asked: Asked
    answer: Answer | None
    explanation: Explanation | None = None
    topic: Topic | None = None

    @property
    def after(self) -> str:
        """Id of the topic that is answered now, or was before."""
        if self.answer is None or self.answer.topic is None:
            return self.asked.after
        return self.answer.topic.id

    @property
    def offered(self) -> Sequence[str]:
        """Ids of the topics that the bot offers now."""
        if self.answer is None:
            return ()
        return [topic.id for topic in (self.answer.choices or self.answer.nearest)]


def take_turn(asked: Asked, assistant: Assistant) -> Turn:
    """Return what the bot makes of a message: a button, a typed choice, or a question.

    Raises:
        ScopeError: no topic has one of the tags.
    """
    faq, scope = assistant.faq, list(asked.tags) or None
    choices = [(topic_id, faq.by_id[topic_id].title) for topic_id in asked.offered if topic_id in faq.by_id]
    picked = asked.pick or (read_choice(asked.text, choices) or "")
    if picked == NONE_OF_THESE:
        return Turn(asked, None)
    topic = faq.by_id.get(picked)
    if topic is not None:
        hit = Hit(topic.id, topic.posts[0] if topic.posts else "", 1.0)
        result = Result((hit,), Decision(Outcome.ANSWER, 1.0, (hit,)), faq.version)
        answer = assistant.say(result, faq, asked.channel or None, asked.slots, scope=scope)
        return Turn(asked, answer, topic=topic)
    after, channel = asked.after or None, asked.channel or None
    return Turn(
        asked, *assistant.answer_explained(asked.text, after=after, scope=scope, channel=channel, slots=asked.slots)
    )
