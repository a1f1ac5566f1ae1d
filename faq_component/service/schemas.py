"""The forms of the requests: what checks a body is also what the OpenAPI description is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from faq_component.service.problems import ProblemError
from faq_component.service.settings import ServiceSettings

MOST_HITS = 100
_MOST_ID = 200


class Text(fields.String):
    """A text that can be written as UTF-8."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValidationError("holds half a surrogate pair, which is no character") from None
        return text


class Texts(fields.List):
    """A list whose length is checked before its items: a body can hold a hundred thousand faulty ones."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            self._validate(value)
        return super()._deserialize(value, attr, data, **kwargs)


class WholeNumber(fields.Integer):
    """A whole number as JSON has it: 5 and 5.0 are, "5" and true are not."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        whole = type(value) is int or (isinstance(value, float) and value.is_integer())
        if not whole:
            raise self.make_error("invalid", input=value)
        return super()._deserialize(int(value), attr, data, **kwargs)


class Flag(fields.Boolean):
    """True or false, and nothing that stands for them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Number(fields.Raw):
    """The number of a request in bert-as-service's form: a whole number or a text, given back as it came."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, str)) or len(str(value)) > _MOST_ID:
            raise self.make_error("invalid", input=value)
        return value


def make_schemas(limits: ServiceSettings, top_k: int) -> dict[str, type[Schema]]:
    """The schemas of the requests by name.

    Args:
        limits: of texts and batches.
        top_k: hits where a request does not say how many.
    """
    text = _text_field(limits, "a question, or what is to be found")
    hits = f"must be a whole number from 1 to {MOST_HITS}"
    number = WholeNumber(
        load_default=top_k,
        validate=validate.Range(1, MOST_HITS, error=hits),
        error_messages=_messages(hits),
        metadata={"description": "how many topics, at most"},
    )
    topic = f"must be the id of a topic, at most {_MOST_ID} characters, or null"
    after = Text(
        load_default=None,
        allow_none=True,
        validate=validate.Length(0, _MOST_ID, error=topic),
        error_messages=_messages(topic),
        metadata={"description": "the topic that was answered just before"},
    )
    identity = f"must be a whole number or a text of at most {_MOST_ID} characters"
    described = {"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": _MOST_ID}]}
    tokenized = Flag(
        load_default=False,
        validate=validate.Equal(False, error="must be false: send texts, not tokens"),
        error_messages=_messages("must be false: send texts, not tokens"),
        metadata={"enum": [False]},
    )
    return {
        "Question": Schema.from_dict({"text": text}, name="Question"),
        "Message": Schema.from_dict({"text": text, "after": after}, name="Message"),
        "Search": Schema.from_dict({"text": text, "top_k": number}, name="Search"),
        "Texts": Schema.from_dict({"texts": _texts_field(limits)}, name="Texts"),
        "BertRequest": Schema.from_dict(
            {
                "id": Number(required=True, error_messages=_messages(identity), metadata=described),
                "texts": _texts_field(limits),
                "is_tokenized": tokenized,
            },
            name="BertRequest",
        ),
    }


def checked(schema: type[Schema], content: Any) -> dict[str, Any]:
    """The values of a body; raises `ProblemError` 422 that says what is wrong with which of them."""
    if not isinstance(content, dict):
        raise ProblemError(422, 'The body must be a JSON object, such as {"text": "..."}.')
    known = schema().fields
    for name in content:
        if name not in known:
            raise ProblemError(422, f"{name[:30]!r} is not known here; known are {', '.join(known)}.")
    try:
        values: dict[str, Any] = schema().load(content)
    except ValidationError as error:
        raise ProblemError(422, _sentence(error.messages)) from None
    return values


def _text_field(limits: ServiceSettings, description: str) -> Text:
    rule = f"must be a text of 1 to {limits.max_text} characters"
    return Text(
        required=True,
        validate=validate.Length(1, limits.max_text, error=rule),
        error_messages=_messages(rule),
        metadata={"description": description, "example": "运费怎么算"},
    )


def _texts_field(limits: ServiceSettings) -> Texts:
    rule = f"must be a list of 1 to {limits.max_batch} texts"
    return Texts(
        _text_field(limits, "a text to encode"),
        required=True,
        validate=validate.Length(1, limits.max_batch, error=rule),
        error_messages=_messages(rule),
    )


def _messages(rule: str) -> dict[str, str]:
    return {
        "required": f"is missing; it {rule}",
        **dict.fromkeys(("null", "invalid", "invalid_utf8", "too_large"), rule),
    }


def _sentence(messages: Any) -> str:
    """The first of marshmallow's messages, which stand in a tree of names and positions, as a sentence."""
    place = ""
    while isinstance(messages, Mapping):
        name, messages = next(iter(messages.items()))
        place += f"[{name}]" if isinstance(name, int) else name
    return f"'{place}' {messages[0] if isinstance(messages, list) else messages}."
