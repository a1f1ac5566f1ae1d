"""Schemas of the requests. They validate bodies, and the OpenAPI description is generated from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from faq_component.assistant.completion import COMPLETED
from faq_component.dialogue.scope import LONGEST, MOST, Scope
from faq_component.errors import ScopeError
from faq_component.service.problems import ProblemError
from faq_component.service.settings import ServiceSettings
from faq_component.usage.suggestions import SUGGESTED

_MAX_HITS = 100
_MAX_ID = 200
TAG = {"type": "string", "maxLength": LONGEST}


class Text(fields.String):
    """A string that UTF-8 can encode."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValidationError("contains a lone surrogate, which is not a character") from None
        return text


class Texts(fields.List):
    """A list whose length is checked before its items, since a body can hold a hundred thousand faulty ones."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            self._validate(value)
        return super()._deserialize(value, attr, data, **kwargs)


class WholeNumber(fields.Integer):
    """A whole number in JSON: 5 and 5.0, but not "5" or true."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        whole = type(value) is int or (isinstance(value, float) and value.is_integer())
        if not whole:
            raise self.make_error("invalid", input=value)
        return super()._deserialize(int(value), attr, data, **kwargs)


class Flag(fields.Boolean):
    """true or false; no string or number in their place."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class RequestId(fields.Raw):
    """The id of a request to ``/encode``, returned unchanged: a whole number or a string."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, str)) or len(str(value)) > _MAX_ID:
            raise self.make_error("invalid", input=value)
        return value


class Tags(fields.Raw):
    """A scope: a tag, a list of tags, or a list of such lists."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Scope | None:
        try:
            return Scope.of(value)
        except ScopeError as error:
            raise ValidationError(f"is wrong: {error}") from None


def make_schemas(limits: ServiceSettings, top_k: int) -> dict[str, Schema]:
    """Return the request schemas by name; one object validates all requests, as each copies its fields when it is made.

    Args:
        limits: bounds of texts and batches.
        top_k: default number of hits.
    """
    text = _text_field(limits, "the question or search text")
    hits = f"must be a whole number from 1 to {_MAX_HITS}"
    number = WholeNumber(
        load_default=top_k,
        validate=validate.Range(1, _MAX_HITS, error=hits),
        error_messages=_messages(hits),
        metadata={"description": "maximum number of topics"},
    )
    topic = f"must be the id of a topic, at most {_MAX_ID} characters, or null"
    after = Text(
        load_default=None,
        allow_none=True,
        validate=validate.Length(0, _MAX_ID, error=topic),
        error_messages=_messages(topic),
        metadata={"description": "id of the topic answered just before"},
    )
    identity = f"must be a whole number or a text of at most {_MAX_ID} characters"
    described = {"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": _MAX_ID}]}
    tokenized = Flag(
        load_default=False,
        validate=validate.Equal(False, error="must be false: send texts, not tokens"),
        error_messages=_messages("must be false: send texts, not tokens"),
        metadata={"enum": [False]},
    )
    tags = {"type": "array", "items": TAG, "maxItems": MOST}
    forms = {"oneOf": [TAG, {"type": "array", "items": {"oneOf": [TAG, tags]}, "maxItems": MOST}], "nullable": True}
    of_tags = "limits retrieval: a tag, tags (a topic needs one of them), or lists of tags (it needs one of each)"
    scope = Tags(load_default=None, allow_none=True, metadata={**forms, "description": of_tags})
    flag = "must be true or false"
    vector = Flag(
        load_default=False,
        error_messages=_messages(flag),
        metadata={"description": "whether the vector of the message comes along"},
    )
    schemas = {
        "Question": Schema.from_dict({"text": text, "scope": scope}, name="Question"),
        "Message": Schema.from_dict({"text": text, "after": after, "scope": scope, "vector": vector}, name="Message"),
        "Search": Schema.from_dict({"text": text, "top_k": number, "scope": scope}, name="Search"),
        "Suggest": Schema.from_dict({"tag": scope, "count": _count_field(SUGGESTED)}, name="Suggest"),
        "Complete": Schema.from_dict({"text": text, "tag": scope, "count": _count_field(COMPLETED)}, name="Complete"),
        "Texts": Schema.from_dict({"texts": _texts_field(limits)}, name="Texts"),
        "BertRequest": Schema.from_dict(
            {
                "id": RequestId(required=True, error_messages=_messages(identity), metadata=described),
                "texts": _texts_field(limits),
                "is_tokenized": tokenized,
            },
            name="BertRequest",
        ),
    }
    return {name: schema() for name, schema in schemas.items()}


def checked(schema: Schema, content: Any) -> dict[str, Any]:
    """Return the values of a body.

    Raises:
        ProblemError: 422, naming the wrong value and its bound.
    """
    if not isinstance(content, dict):
        raise ProblemError(422, 'The body must be a JSON object, such as {"text": "..."}.')
    known = schema.fields
    for name in content:
        if name not in known:
            raise ProblemError(422, f"{name[:30]!r} is unknown; the fields are {', '.join(known)}.")
    try:
        values: dict[str, Any] = schema.load(content)
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


def _count_field(default: int) -> fields.Integer:
    """A number in a query, where everything is a text."""
    rule = f"must be a whole number from 1 to {_MAX_HITS}"
    return fields.Integer(
        load_default=default, validate=validate.Range(1, _MAX_HITS, error=rule), error_messages=_messages(rule)
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
    """Turn the first message in marshmallow's tree of names and positions into a sentence."""
    place = ""
    while isinstance(messages, Mapping):
        name, messages = next(iter(messages.items()))
        place += f"[{name}]" if isinstance(name, int) else name
    return f"'{place}' {messages[0] if isinstance(messages, list) else messages}."
