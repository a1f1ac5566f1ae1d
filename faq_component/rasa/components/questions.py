"""The question of a message, shared by the components of the pipeline."""

from __future__ import annotations

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from faq_component.retrieval.question import Question

_KEY = "faq_question"


def question_of(message: Message) -> Question:
    """The question of a message's text; kept with the message, so that what one component computes the next one has."""
    text = message.get(TEXT) or ""
    question = message.get(_KEY)
    if not isinstance(question, Question) or question.written != text:
        question = Question(text)
        message.set(_KEY, question)
    return question
