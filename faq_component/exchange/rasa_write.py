"""Writing NLU data and a domain for Rasa: intents ``faq/<id>`` and responses ``utter_faq/<id>``."""

from __future__ import annotations

import re
from typing import Any

import yaml

from faq_component.exchange.rasa_read import INTENT, OBJECT_MARK, RESPONSE, attachment_of, with_entities
from faq_component.knowledge.responses import Response, response_to_json
from faq_component.knowledge.topics import Faq

# Rasa undoes backslash escapes in files that are ASCII throughout: the Chinese line keeps it from that.
_HEADER = "# 由 faq export 写出 (written by faq export)\n"
_VERSION = "3.1"
_NEEDS_QUOTES = re.compile(r"[^a-z_]|^(?:null|true|false|yes|no|on|off|y|n)?$")  # of keys


class _Text(str):
    """A text that is quoted, so that neither YAML 1.1 nor Rasa's ${variables} see anything else in it."""


class _Examples(str):
    """A block of examples."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


_Dumper.add_representer(_Text, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))
_Dumper.add_representer(
    _Examples, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
)


def write_rasa(faq: Faq) -> tuple[bytes, bytes]:
    """The bytes of the NLU data and of the domain."""
    nlu = [
        {
            "intent": INTENT + topic.id,
            "metadata": {"title": _Text(topic.title), **_quoted(topic.options.to_json())},
            "examples": _examples(topic.posts),
        }
        for topic in faq.topics
    ]
    responses = {RESPONSE + topic.id: [_to_rasa(response) for response in topic.responses] for topic in faq.topics}
    return _dump({"nlu": nlu}), _dump({"intents": [INTENT.rstrip("/")], "responses": responses})


def _examples(posts: tuple[str, ...]) -> Any:
    """A block with a post per line; where one does not fit in, a list that keeps the exact post beside Rasa's text."""
    if all(_is_line(post) for post in posts):
        return _Examples("".join(f"- {post}\n" for post in posts))
    return [
        {"text": _Text(post)} if _is_line(post) else {"text": _Text(_for_rasa(post)), "metadata": {"post": _Text(post)}}
        for post in posts
    ]


def _is_line(post: str) -> bool:
    return post.splitlines() == [post] and post == post.strip() and post.isprintable() and post == _spaced(post)


def _for_rasa(post: str) -> str:
    """What Rasa gets of a post that it would read otherwise: without line breaks and without the form of an entity."""
    return _spaced(" ".join(post.split()))


def _spaced(text: str) -> str:
    return with_entities(text, lambda match: match[0].replace("]", "] ", 1))


def _to_rasa(response: Response) -> dict[str, Any]:
    if isinstance(response, str):
        return {"text": _Text(response)}
    value = response_to_json(response)
    written = {_key(key): _quoted(item) for key, item in value.items() if key != "text"}
    if response.attachment is not None:
        written["attachment"] = _quoted(attachment_of(response.attachment))
    if response.text is not None or not response.custom:  # Rasa wants a text, if only an empty one
        written = {"text": _Text(response.text or ""), **written}
    if value.keys() == {"text"}:
        written["metadata"] = OBJECT_MARK
    return written


def _key(key: str) -> str:
    return "condition" if key == "conditions" else key


def _quoted(value: Any) -> Any:
    if isinstance(value, dict):
        return {_Text(key) if _NEEDS_QUOTES.search(key) else key: _quoted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_quoted(item) for item in value]
    return _Text(value) if isinstance(value, str) else value


def _dump(content: dict[str, Any]) -> bytes:
    document = {"version": _Text(_VERSION), **content}
    text: str = yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"))
    return (_HEADER + text).encode()
