"""Reading Rasa's NLU data and domain: intents ``faq/<id>`` and responses ``utter_faq/<id>``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from faq_component.exchange.drafts import Draft, Drafts
from faq_component.exchange.yaml_nodes import compose, items, line_of, pairs, text_of, value_of
from faq_component.knowledge.topic_id import is_valid_topic_id
from faq_component.language import _, listed
from faq_component.text import normalize

INTENT, RESPONSE = "faq/", "utter_faq/"
OBJECT_MARK = {"form": "object"}  # metadata of a response that is an object of a text alone
# Rasa's own pattern of annotated entities (rasa/shared/nlu/training_data/entities_parser.py).
ENTITY = re.compile(
    r"\[(?P<text>[^\]]+?)\](\((?P<entity>[^:)]+?)(?:\:(?P<value>[^)]+))?\)|\{(?P<dict>[^}]+?)\}|\[(?P<list>.*?)\])"
)
_KEYS = {"condition": "conditions"}
_IGNORED = frozenset({"id", "metadata"})  # of a response: Rasa's, and none of its content


def read_rasa(files: Mapping[Path, bytes], drafts: Drafts) -> None:
    """Read NLU data and domains of one bot, in any order: the intents first, as they have the titles."""
    readers = [(_RasaReader(path, drafts), root) for path, data in files.items() if (root := _root(path, data, drafts))]
    parts = [(reader, reader.parts(root)) for reader, root in readers]
    for reader, content in parts:
        reader.intents(content.get("nlu"))
    for reader, content in parts:
        reader.all_responses(content.get("responses"))
    for reader, _content in parts:
        reader.note_left_out()


def _root(path: Path, data: bytes, drafts: Drafts) -> yaml.Node | None:
    try:
        return compose(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        drafts.faults.append(
            _("{path}: not UTF-8 (byte {number}); save the file as UTF-8").format(path=path, number=error.start)
        )
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        drafts.faults.append(
            _("{path}: line {line}: not YAML: {reason}").format(path=path, line=line, reason=error.problem)
        )
    except (yaml.YAMLError, RecursionError) as error:
        drafts.faults.append(_("{path}: not YAML: {reason}").format(path=path, reason=" ".join(str(error).split())))
    return None


class _RasaReader:
    def __init__(self, path: Path, drafts: Drafts) -> None:
        self.path = path
        self.drafts = drafts
        self.left_out: list[str] = []

    def where(self, node: yaml.Node, lines: int = 0) -> str:
        return _("{path}: line {line}").format(path=self.path, line=line_of(node) + lines)

    def fault(self, node: yaml.Node, message: str) -> None:
        self.drafts.faults.append(_("{where}: {message}").format(where=self.where(node), message=message))

    def parts(self, root: yaml.Node) -> dict[str, yaml.Node]:
        parts = dict(pairs(root, self.fault))
        if not parts.keys() & {"nlu", "responses"}:
            self.drafts.faults.append(
                _("{path}: holds neither 'nlu' nor 'responses'; give Rasa's NLU data and its domain").format(
                    path=self.path
                )
            )
        return parts

    def note_left_out(self) -> None:
        if self.left_out:
            more = len(self.left_out) - 5
            shown = listed(self.left_out[:5])
            if more > 0:
                shown = _("{names} and {count} more").format(names=shown, count=more)
            self.drafts.notes.append(
                _("{path}: not read: {shown}; only {intent}* and {response}* are the FAQ's").format(
                    path=self.path, shown=shown, intent=INTENT, response=RESPONSE
                )
            )

    def draft(self, node: yaml.Node, name: str, title: str, *, title_is_given: bool) -> Draft:
        """The topic of the part of a name after the slash, which is an id, or else its title."""
        is_id = is_valid_topic_id(name)
        draft = Draft(
            where=self.where(node),
            title=title if is_id or title_is_given else name,
            id=name if is_id else None,
            no_post=_("{where}: there is no intent {intent} with examples; write one in the NLU data").format(
                where=self.where(node), intent=INTENT + name
            ),
            no_response=_("{where}: there is no response {response}; write one in the domain").format(
                where=self.where(node), response=RESPONSE + name
            ),
        )
        return self.drafts.topic(draft, title_is_given=title_is_given or not is_id)

    def intents(self, node: yaml.Node | None) -> None:
        for item in items(node, self.fault):
            block = dict(pairs(item, self.fault))
            name = text_of(block.get("intent")) or ""
            if not name.startswith(INTENT):
                self.left_out.append(name or next(iter(block), "?"))
                continue
            metadata = block.get("metadata")
            title = text_of(dict(pairs(metadata, self.fault)).get("title")) or ""
            posts = self.examples(block["examples"]) if "examples" in block else []
            first = (posts or [""])[0]
            self.draft(item, name.removeprefix(INTENT), title or first, title_is_given=bool(title)).posts += posts

    def examples(self, node: yaml.Node) -> list[str]:
        if isinstance(node, yaml.SequenceNode):
            return [text for item in node.value if (text := self.example(item)) is not None]
        found = []
        is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        for number, line in enumerate((text_of(node) or "").splitlines(), 1):
            text = ENTITY.sub(lambda match: match["text"], line[1:].strip())
            if line.startswith("-") and normalize(text):
                found.append(text)
            elif line.strip():
                place = self.where(node, number if is_block else 0)
                self.drafts.faults.append(
                    _("{place}: '{line}' is no example; begin it with '- ' and write a text").format(
                        place=place, line=line[:50]
                    )
                )
        return found

    def example(self, node: yaml.Node) -> str | None:
        """An example written as a mapping; its metadata may hold the exact post, where Rasa's form has no room."""
        parts = dict(pairs(node, self.fault))
        metadata = parts.get("metadata")
        exact = dict(pairs(metadata, self.fault)) if isinstance(metadata, yaml.MappingNode) else {}
        text = text_of(exact.get("post")) or ENTITY.sub(
            lambda match: match["text"], (text_of(parts.get("text")) or "").strip("\n\r ")
        )
        if normalize(text):
            return text
        self.fault(node, _("the example has no text; write one"))
        return None

    def all_responses(self, node: yaml.Node | None) -> None:
        for name, variations in pairs(node, self.fault):
            if not name.startswith(RESPONSE):
                self.left_out.append(name)
                continue
            draft = self.draft(variations, name.removeprefix(RESPONSE), "", title_is_given=False)
            for item in items(variations, self.fault):
                self.response(draft, item)

    def response(self, draft: Draft, node: yaml.Node) -> None:
        try:
            value = json.loads(json.dumps(value_of(node)))
        except (yaml.YAMLError, TypeError, ValueError) as error:
            self.fault(node, _("cannot be read: {reason}").format(reason=" ".join(str(error).split())))
            return
        if not isinstance(value, dict):
            self.fault(node, _("is not a mapping; write `- text: ...`"))
            return
        text = text_of(dict(pairs(node, self.fault)).get("text"))
        self.drafts.response(draft, _from_rasa({**value, "text": text or None}), self.where(node))


def _from_rasa(value: dict[str, Any]) -> str | dict[str, Any]:
    """A response in the form of an FAQ file."""
    is_object = value.get("metadata") == OBJECT_MARK
    kept = {_KEYS.get(key, key): item for key, item in value.items() if key not in _IGNORED and item is not None}
    attachment = kept.get("attachment")
    payload = attachment.get("payload") if isinstance(attachment, dict) else None
    if isinstance(payload, dict) and attachment == attachment_of(payload.get("url")):
        kept["attachment"] = payload.get("url")
    return kept["text"] if kept.keys() == {"text"} and not is_object else kept


def attachment_of(url: Any) -> dict[str, Any]:
    """The attachment of an address; Rasa's domain wants a mapping, and Messenger's form is the known one."""
    return {"type": "file", "payload": {"url": url}}
