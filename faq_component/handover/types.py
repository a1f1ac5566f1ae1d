"""A conversation that was handed over, and what is said in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Reason(str, Enum):
    """Why a conversation was handed over."""

    ASKED = "asked"  # the user asked for a person
    MISUNDERSTOOD = "misunderstood"  # the bot did not understand several messages one after the other
    TOPIC = "topic"  # a topic with `handoff` was answered
    RATING = "rating"  # an answer was rated as useless


class State(str, Enum):
    """Where a conversation that was handed over stands."""

    WAITING = "waiting"  # for a person
    TAKEN = "taken"  # a person has answered, or taken it
    ENDING = "ending"  # it is being handed back
    ENDED = "ended"  # the bot answers again


class Ending(str, Enum):
    """Why a conversation was handed back to the bot."""

    PERSON = "person"  # the person handed it back
    USER = "user"  # the user wished so
    NO_PERSON = "no_person"  # no person answered in time
    NO_USER = "no_user"  # the user said nothing any more


class Author(str, Enum):
    """Who said something."""

    USER = "user"
    BOT = "bot"
    PERSON = "person"


SOURCE_KEY = "faq_source"  # of a message's metadata
OPEN = (State.WAITING, State.TAKEN)

# What is to be sent, and the queue to the user; the other queues have the names of adapters.
USER = "user"
OPENED, MESSAGE, ENDED, WORDS, JOINED = "opened", "message", "ended", "words", "joined"
KINDS = (OPENED, MESSAGE, ENDED, WORDS, JOINED)


@dataclass(frozen=True)
class Handover:
    """A conversation that was handed over.

    Args:
        id: random, the only name under which it leaves the bot: who knows the id of a conversation can read it.
        conversation: the sender's id in Rasa.
        channel: name of the channel in Rasa.
        language: of the conversation, ``zh`` or ``en``; empty where it is not known.
        reason: why it was handed over.
        state: where it stands.
        opened: seconds since 1970.
        last_user: when the user said something last, or it was opened.
        last_person: when the person said something last; 0 before that.
        person: name of the person who took it; empty before that.
        ending: why it was handed back; empty before that.
        ended: seconds since 1970; 0 before that.
    """

    id: str
    conversation: str
    channel: str
    language: str
    reason: str
    state: str
    opened: float
    last_user: float
    last_person: float
    person: str
    ending: str
    ended: float

    @property
    def is_open(self) -> bool:
        """Whether messages of the user go to a person."""
        return self.state in OPEN

    def to_json(self) -> dict[str, Any]:
        """Return what the inbox and the adapters get: all but the conversation's id."""
        return {name: value for name, value in vars(self).items() if name != "conversation"}


@dataclass(frozen=True)
class Words:
    """Something that was said before or during a handover.

    Args:
        number: of the message; later ones are greater.
        author: ``user``, ``bot`` or ``person``.
        text: as it was written; masked where it was said before the handover.
        at: seconds since 1970.
        before: whether it was said before the handover.
        state: of a person's words: ``waiting`` for the user, ``sent``, or ``failed``; of others ``sent``.
    """

    number: int
    author: str
    text: str
    at: float
    before: bool
    state: str

    def to_json(self) -> dict[str, Any]:
        """Return the message as JSON."""
        return dict(vars(self))
