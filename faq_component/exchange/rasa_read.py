"""Reading Rasa's NLU data and domain: retrieval intents, and plain intents that the user names.

An intent ``NAME`` is answered by the response ``utter_NAME``. Of ``faq/<id>`` the part after the slash is the topic's
id; of another retrieval intent, ``chitchat/greet``, the id is ``chitchat_greet`` and ``chitchat`` a tag.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from faq_component.exchange.drafts import Draft, Drafts
from faq_component.exchange.yaml_nodes import compose, items, line_of, pairs, text_of, value_of
from faq_component.knowledge.options import NONE, Options, read_options
from faq_component.knowledge.topic_id import is_valid_topic_id
from faq_component.language import _, listed
from faq_component.text import normalize

INTENT, RESPONSE, UTTER = "faq/", "utter_faq/", "utter_"
OBJECT_MARK = {"form": "object"}  # metadata of a response that is an object of a text alone
# Rasa's form of annotated entities (rasa/shared/nlu/training_data/entities_parser.py). Brackets that annotate nothing
# are matched too, without `name`: looked at again from each further one in them, they would take quadratic time.
_ENTITY = re.compile(
    r"\[(?P<text>[^\]]+)(?:\](?P<name>\([^:)]{1,100}(?::[^)]{1,200})?\)|\{[^}]{1,200}\}|\[[^\]\n]{0,200}\])?|\Z)"
)
_PARTS = frozenset({"nlu", "responses", "templates"})
_KEYS_SHOWN = _NAMES_SHOWN = 5
_KEYS = {"condition": "conditions"}
_IGNORED = frozenset({"id", "metadata"})  # of a response: Rasa's, and none of its content


def with_entities(text: str, write: Callable[[re.Match[str]], str]) -> str:
    """Return an example with each annotated entity as `write` has it; the text of an entity is the group ``text``."""
    return _ENTITY.sub(lambda match: write(match) if match["name"] else match[0], text)


@dataclass
class _Intent:
    """What the files say of an intent; `reader` and `node` are where it is named first."""

    name: str
    reader: _RasaReader
    node: yaml.Node
    title: str = ""
    posts: list[str] = field(default_factory=list)
    responses: list[tuple[_RasaReader, yaml.Node]] = field(default_factory=list)
    options: Options = NONE

    @property
    def is_whole(self) -> bool:
        """Whether there are examples and responses."""
        return bool(self.posts and self.responses)


def read_rasa(files: Mapping[Path, bytes], drafts: Drafts) -> None:
    """Read NLU data and domains of one bot, in any order: the intents first, as they have the titles."""
    readers = [(_RasaReader(path, drafts), root) for path, data in files.items() if (root := _root(path, data, drafts))]
    parts = [(reader, dict(pairs(root, reader.fault))) for reader, root in readers]
    _look_at_parts(parts)
    found: dict[str, _Intent] = {}
    for reader, content in parts:
        reader.intents(content.get("nlu"), found)
    for reader, content in parts:
        reader.all_responses(content.get("responses") or content.get("templates"), found)
    read = [intent for intent in found.values() if _is_wanted(intent.name, drafts.choices.intents)]
    titles = _titles(read)
    for intent in read:
        intent.reader.topic(intent, titles[intent.name])
    for reader, _content in parts:
        reader.note_left_out()
    _offer_plain(list(files), [intent for intent in found.values() if intent not in read and intent.is_whole], drafts)


def _look_at_parts(parts: Sequence[tuple[_RasaReader, Mapping[str, yaml.Node]]]) -> None:
    """Name the files that hold neither examples nor responses: as a fault where no file does."""
    missing = [(reader, content) for reader, content in parts if not content.keys() & _PARTS]
    for reader, content in missing:
        if len(missing) < len(parts) and content:
            message = _("{path}: not read: it holds {keys}")
            reader.drafts.notes.append(message.format(path=reader.path, keys=listed(list(content)[:_KEYS_SHOWN])))
        else:
            message = _("{path}: holds neither 'nlu' nor 'responses'; give Rasa's NLU data and its domain")
            reader.drafts.faults.append(message.format(path=reader.path))


def _is_wanted(name: str, patterns: Sequence[str]) -> bool:
    """Whether an intent is read: one that the user names, or else every retrieval intent."""
    if not patterns:
        return "/" in name
    return any(fnmatchcase(text, pattern) for pattern in patterns for text in (name, name.partition("/")[0]))


def _titles(intents: Sequence[_Intent]) -> dict[str, str]:
    """The titles of intents: as given, else the first example; one that several have gets the intent's name."""
    titles = {intent.name: intent.title or next(iter(intent.posts), "") for intent in intents}
    count = Counter(normalize(title) for title in titles.values())
    message = _("{question} ({tags})")
    return {
        intent.name: titles[intent.name]
        if intent.title or count[normalize(titles[intent.name])] == 1 or not titles[intent.name]
        else message.format(question=titles[intent.name], tags=intent.name)
        for intent in intents
    }


def _offer_plain(files: Sequence[Path], plain: Sequence[_Intent], drafts: Drafts) -> None:
    """Name the plain intents with a response of their own, which may be questions too."""
    if not plain:
        return
    names = [intent.name for intent in plain]
    shown = listed(names[:_NAMES_SHOWN])
    if len(names) > _NAMES_SHOWN:
        shown = _("{names} and {count} more").format(names=shown, count=len(names) - _NAMES_SHOWN)
    message = _(
        "{files}: not read: further intents with a response of their own: {names}; `--intent {first}` reads one, "
        "`--intent '*'` all of them"
    )
    sentence = message.format(files=listed(map(str, files)), names=shown, first=names[0])
    (drafts.notes if drafts.topics or drafts.faults else drafts.faults).append(sentence)


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

    def note_left_out(self) -> None:
        """Name the intents and responses of the file that are not read."""
        if self.left_out:
            names = list(dict.fromkeys(self.left_out))
            more = len(names) - _NAMES_SHOWN
            shown = listed(names[:_NAMES_SHOWN])
            if more > 0:
                shown = _("{names} and {count} more").format(names=shown, count=more)
            message = _(
                "{path}: not read: {shown}; intents with a slash ({form}) are read, others with `--intent NAME`"
            )
            self.drafts.notes.append(message.format(path=self.path, shown=shown, form="faq/..."))

    def topic(self, intent: _Intent, title: str) -> None:
        """Add the topic of an intent."""
        kind, slash, rest = intent.name.rpartition("/")
        of_faq = intent.name.startswith(INTENT)
        topic_id = rest if of_faq or not slash else f"{kind}_{rest}".lower()
        is_id = is_valid_topic_id(topic_id)
        where = self.where(intent.node)
        draft = Draft(
            where=where,
            title=title if is_id or intent.title else rest,
            id=topic_id if is_id else None,
            no_post=_("{where}: there is no intent {intent} with examples; write one in the NLU data").format(
                where=where, intent=intent.name
            ),
            no_response=_("{where}: there is no response {response}; write one in the domain").format(
                where=where, response=UTTER + intent.name
            ),
            optional=True,
        )
        draft = self.drafts.topic(draft, title_is_given=bool(intent.title) or not is_id)
        draft.posts += intent.posts
        draft.say(intent.options)
        if slash and not of_faq and kind not in draft.tags:
            draft.tags.append(kind)
        for reader, node in intent.responses:
            reader.response(draft, node)

    def intents(self, node: yaml.Node | None, found: dict[str, _Intent]) -> None:
        """Take the intents of a file that are to be read, or could be."""
        for item in items(node, self.fault):
            block = dict(pairs(item, self.fault))
            name = text_of(block.get("intent")) or ""
            if not _is_wanted(name, self.drafts.choices.intents):
                self.left_out.append(name or next(iter(block), "?"))
                if not name:
                    continue
            intent = found.setdefault(name, _Intent(name, self, item))
            if isinstance(block.get("metadata"), yaml.MappingNode):
                metadata = dict(pairs(block["metadata"], self.fault))
                intent.title = intent.title or text_of(metadata.get("title")) or ""
                intent.options = self.options(block["metadata"])
            intent.posts += self.examples(block["examples"]) if "examples" in block else []

    def options(self, node: yaml.Node) -> Options:
        """The optional keys of a topic, as an export writes them; others' values are named, and left out."""

        def left_out(key: str, message: str) -> None:
            self.drafts.notes.append(
                _("{where}: not read: '{key}' of the metadata {message}").format(
                    where=self.where(node), key=key, message=message
                )
            )

        try:
            value = value_of(node)
        except yaml.YAMLError:
            return NONE
        return read_options({str(key): each for key, each in value.items()}, left_out)

    def examples(self, node: yaml.Node) -> list[str]:
        if isinstance(node, yaml.SequenceNode):
            return [text for item in node.value if (text := self.example(item)) is not None]
        found = []
        is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        for number, line in enumerate((text_of(node) or "").splitlines(), 1):
            text = with_entities(line[1:].strip(), lambda match: match["text"])
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
        text = text_of(exact.get("post")) or with_entities(
            (text_of(parts.get("text")) or "").strip("\n\r "), lambda match: match["text"]
        )
        if normalize(text):
            return text
        self.fault(node, _("the example has no text; write one"))
        return None

    def all_responses(self, node: yaml.Node | None, found: dict[str, _Intent]) -> None:
        """Take the responses of a file that are to be read, or could be."""
        for name, variations in pairs(node, self.fault):
            intent = name.removeprefix(UTTER)
            wanted = intent != name and _is_wanted(intent, self.drafts.choices.intents)
            if not wanted:
                self.left_out.append(name)
                if intent not in found:
                    continue
            known = found.setdefault(intent, _Intent(intent, self, variations))
            known.responses += [(self, item) for item in items(variations, self.fault)]

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
