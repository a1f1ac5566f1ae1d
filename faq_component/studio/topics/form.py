"""A topic as the fields of a form, and back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from faq_component.knowledge.options import Options, read_options
from faq_component.knowledge.responses import Response, read_response, response_to_json
from faq_component.knowledge.topic_id import derive_topic_id
from faq_component.knowledge.topics import Topic
from faq_component.language import _, listed

_TAGS = re.compile(r"[,，、;；\n]+")
_BAR = re.compile(r"[|｜]")


class Fields(Protocol):
    """The values of a submitted form."""

    def get(self, key: str, default: str, /) -> str:
        """Return the first value of a field."""
        ...

    def getlist(self, key: str, /) -> list[str]:
        """Return all values of a field."""
        ...


@dataclass
class TopicForm:
    """What the fields of a topic's form hold: texts as they were typed, in lines where a field has several.

    Answers in Rasa's format (buttons, pictures, channels) are JSON objects.
    """

    title: str = ""
    posts: list[str] = field(default_factory=list)
    responses: list[str] = field(default_factory=list)
    tags: str = ""
    enabled: bool = True
    start: str = ""
    until: str = ""
    related: str = ""
    follow: str = ""
    negatives: str = ""
    recommend: bool = False
    handoff: bool = False

    @classmethod
    def of(cls, topic: Topic) -> TopicForm:
        """Fill in a form with a topic."""
        options = topic.options
        return cls(
            topic.title,
            list(topic.posts),
            [typed(response) for response in topic.responses],
            listed(options.tags),
            options.enabled,
            options.valid.start,
            options.valid.until,
            "\n".join(options.related),
            "\n".join(" | ".join(filter(None, (lead.topic, lead.title))) for lead in options.follow),
            "\n".join(options.negatives),
            options.recommend,
            options.handoff,
        )

    @classmethod
    def read(cls, given: Fields) -> TopicForm:
        """Read a submitted form; nothing is checked yet, so that nothing that was typed is lost."""
        responses = [_sent(one) for one in given.getlist("response")]
        return cls(
            title=given.get("title", "").strip(),
            posts=[_in_a_line(post) for post in given.getlist("post") if post.strip()],
            responses=[response for response in responses if response],
            tags=given.get("tags", "").strip(),
            enabled=bool(given.get("enabled", "")),
            start=given.get("start", "").strip(),
            until=given.get("until", "").strip(),
            related="\n".join(_lines(given.get("related", ""))),
            follow="\n".join(_lines(given.get("follow", ""))),
            negatives="\n".join(_lines(given.get("negatives", ""))),
            recommend=bool(given.get("recommend", "")),
            handoff=bool(given.get("handoff", "")),
        )

    def topic(self, before: Topic | None = None, topic_id: str = "") -> tuple[Topic, list[str]]:
        """Return the topic, and a sentence for each field that cannot be read.

        What a form cannot show as it is stored, such as a tag with a comma or a line break in a phrasing, stays as it
        is where its field was left alone.

        Args:
            before: the topic that the form was filled in with; None where there is none any more, or it is a new one.
            topic_id: of a topic that has gone; a new one gets its id from its title.
        """
        faults: list[str] = []
        known = {typed(response): response for response in before.responses} if before else {}
        kept = {_sent(text): response for text, response in known.items()}
        posts = {_in_a_line(post): post for post in before.posts} if before else {}
        responses = [
            kept[text] if text in kept else self._response(number, text, faults)
            for number, text in enumerate(self.responses, 1)
        ]
        options = self._options(faults)
        if before:
            options = self._left_alone(before.options, options)
        topic_id = before.id if before else topic_id or derive_topic_id(self.title)
        asked = tuple(posts.get(post, post) for post in self.posts)
        return Topic(topic_id, self.title, asked, tuple(responses), options), faults

    def _left_alone(self, before: Options, read: Options) -> Options:
        """Return options in which fields that were not edited have the values that they had."""
        shown = TopicForm.of(Topic("", "", (), (), before))
        same = {
            name: getattr(before, name)
            for name, field_name in (("tags", "tags"), ("negatives", "negatives"), ("follow", "follow"))
            if _lines(getattr(self, field_name)) == _lines(getattr(shown, field_name))
        }
        return replace(read, **same)

    def _response(self, number: int, text: str, faults: list[str]) -> Response:
        """Read an answer: JSON where it begins and ends with braces, else a text."""
        if not (text.startswith("{") and text.endswith("}")):
            return text
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            return text  # a text in braces
        if not isinstance(content, dict):
            return text
        return read_response(
            content, lambda fault: faults.append(_("Answer {number}: {fault}").format(number=number, fault=fault))
        )

    def _options(self, faults: list[str]) -> Options:
        follow = [[part.strip() for part in _BAR.split(line, maxsplit=1)] for line in _lines(self.follow)]
        given: dict[str, Any] = {
            "tags": [tag.strip() for tag in _TAGS.split(self.tags) if tag.strip()],
            "enabled": self.enabled,
            "valid": {key: text for key, text in (("from", self.start), ("until", self.until)) if text},
            "related": _lines(self.related),
            "follow": [{"topic": lead[0], "title": lead[1]} if lead[1:] and lead[1] else lead[0] for lead in follow],
            "not": _lines(self.negatives),
            "recommend": self.recommend,
            "handoff": self.handoff,
        }
        used = {key: value for key, value in given.items() if value not in ([], {})}
        return read_options(used, lambda key, fault: faults.append(f"{key} {fault}"))


def typed(response: Response) -> str:
    """Return an answer as the field of a form shows it: its text, or an object of Rasa's format."""
    return (
        response if isinstance(response, str) else json.dumps(response_to_json(response), ensure_ascii=False, indent=2)
    )


def readable(response: Response) -> str:
    """Return an answer to be read: its text, the titles of its buttons in brackets, and whom it is for."""
    if isinstance(response, str):
        return response
    buttons = " ".join(f"[{button['title']}]" for button in response.buttons)
    limits = [response.channel or "", *(f"{one['name']} = {one['value']}" for one in response.conditions)]
    for_some = " ".join(f"({limit})" for limit in limits if limit)
    parts = [response.text, buttons, response.image, response.attachment, for_some]
    return "\n".join(part for part in parts if part) or typed(response)


def _sent(text: str) -> str:
    """Return what a browser sends of a text in a field of several lines, tidied."""
    return text.replace("\r\n", "\n").strip()


def _in_a_line(text: str) -> str:
    """Return what a browser makes of a text in a field of one line, tidied."""
    return text.replace("\r", "").replace("\n", "").strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
