"""The question of a message, shared by the components of the pipeline."""

from __future__ import annotations

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from faq_component.retrieval.question import Question

_KEY = "faq_question"


def question_of(message: Message) -> Question:
    """Return the question of a message. It is kept in the message, so that components share what it computes."""
    text = message.get(TEXT) or ""
    question = message.get(_KEY)
    if not isinstance(question, Question) or question.written != text:
        question = Question(text)
        message.set(_KEY, question)
    return question
