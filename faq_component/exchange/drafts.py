"""The form between a file and the knowledge base: topics as far as they are known, and what is wrong where."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from faq_component.exchange.columns import Kind
from faq_component.exchange.faults import fault_at
from faq_component.exchange.remarks import Remarks
from faq_component.exchange.rows import SeenTable
from faq_component.exchange.said import Said
from faq_component.knowledge.responses import Response, read_response
from faq_component.knowledge.topic_id import derive_topic_id, is_valid_topic_id
from faq_component.knowledge.topics import Topic
from faq_component.language import _
from faq_component.text import normalize


def _untracked(rows: Sequence[Any]) -> Iterable[Any]:
    return rows


class CellPlace(NamedTuple):
    """A cell: the name of its table, and the numbers of row and column, from 1."""

    table: str
    row: int
    column: int


@dataclass(frozen=True)
class Choices:
    """What the user says of the files to read.

    Args:
        columns: what columns are, by `heading_key`; None for those that are not to be read. Where no row of headings is
            found, the letters of columns stand for headings.
        sheets: titles of the sheets to read, hidden ones too; none for all that are visible.
        mends: texts in place of those of cells.
        left_out: rows that are not to be read.
        intents: names or patterns of Rasa's intents to read; none for every retrieval intent.
        track: shows progress while rows are walked.
    """

    columns: Mapping[str, Kind | None] = field(default_factory=dict)
    sheets: Collection[str] = ()
    mends: Mapping[CellPlace, str] = field(default_factory=dict)
    left_out: Collection[tuple[str, int]] = ()
    intents: Sequence[str] = ()
    track: Callable[[Sequence[Any]], Iterable[Any]] = _untracked


@dataclass
class Draft(Said):
    """A topic of a file; it may lack posts or responses, if the knowledge base has the topic already.

    Args:
        where: its place in the file, for messages.
        title: what people see; empty where the file gives only the id.
        id: where the file gives one.
        no_post: the fault that names where a post should stand.
        no_response: likewise for responses.
        optional: whether it is left out, with a note, where it lacks posts or responses.
    """

    where: str
    title: str
    id: str | None
    no_post: str
    no_response: str
    posts: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    optional: bool = False

    @property
    def topic(self) -> Topic:
        """The topic as it stands in the file."""
        topic_id = self.id or derive_topic_id(self.title)
        return Topic(topic_id, self.title, tuple(self.posts), tuple(self.responses), self.options)

    def gaps(self, *, has_title: bool = False) -> list[str]:
        """What it lacks to be a topic of its own, a sentence each; `has_title` where the knowledge base has a title."""
        no_title = _("{where}: topic '{id}' has no title; write one").format(where=self.where, id=self.id)
        lacking = [(self.title or has_title, no_title), (self.posts, self.no_post), (self.responses, self.no_response)]
        return [fault for content, fault in lacking if not content]


@dataclass
class Drafts:
    """What was read: the topics in their order, every fault, and what was done or left out on purpose.

    Args:
        choices: what the user says of the files.
        topics: in their order.
        faults: sentences, each with its place.
        notes: sentences about a file or a sheet as a whole.
        remarks: what became of single rows and cells, counted.
        tables: the tables of the files, with their columns.
        other_sheets: titles of sheets that are not read.
    """

    choices: Choices = field(default_factory=Choices)
    topics: list[Draft] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)
    tables: list[SeenTable] = field(default_factory=list)
    other_sheets: list[str] = field(default_factory=list)
    _by_id: dict[str, Draft] = field(default_factory=dict)
    _by_title: dict[str, Draft] = field(default_factory=dict)

    def topic(self, draft: Draft, *, title_is_given: bool = True) -> Draft:
        """The topic of this id or title that was read before, or else this draft, as a new one.

        `title_is_given` is off where the title is only the first question of a row, so that the id alone tells.
        """
        if draft.id is not None and not is_valid_topic_id(draft.id):
            self._fault(
                draft.where,
                _(
                    "{where}: id is '{id}'; use 1 to 64 of a-z 0-9 _ -, first a letter or digit, without 'utter_'"
                ).format(where=draft.where, id=draft.id),
            )
            draft.id = None
        same_id = self._by_id.get(draft.id or "")
        same_title = self._by_title.get(normalize(draft.title)) if draft.title else None
        if same_id and (same_id is same_title or not title_is_given):
            return same_id
        if same_id:
            self._fault(
                draft.where,
                _(
                    "{where}: id '{id}' is already used by topic '{other}' ({first}), here "
                    "the topic is '{title}'; give one of them another id, or both the same title"
                ).format(where=draft.where, id=draft.id, other=same_id.title, first=same_id.where, title=draft.title),
            )
            return same_id
        if same_title:
            return self._same_title(draft, same_title)
        if draft.title:
            self._by_title[normalize(draft.title)] = draft
        if draft.id:
            self._by_id[draft.id] = draft
        self.topics.append(draft)
        return draft

    def _same_title(self, draft: Draft, known: Draft) -> Draft:
        if draft.id and known.id and draft.id != known.id:
            self._fault(
                draft.where,
                _("{where}: topic '{title}' has the id '{id}' here and '{other}' before ({first}); give it one").format(
                    where=draft.where, title=draft.title, id=draft.id, other=known.id, first=known.where
                ),
            )
        elif draft.id:
            known.id = draft.id
            self._by_id[draft.id] = known
        return known

    def _fault(self, where: str, sentence: str) -> None:
        self.faults.append(fault_at(where, sentence))

    def response(self, draft: Draft, value: str | Mapping[str, Any], where: str) -> None:
        """Add a response: a text, or an object in the form of an FAQ file."""
        if isinstance(value, str):
            draft.responses.append(value)
        else:
            draft.responses.append(read_response(value, self.fault_at(where)))

    def fault_at(self, where: str) -> Callable[[str], None]:
        """What tells faults of a place."""
        return lambda message: self.faults.append(_("{where}: {message}").format(where=where, message=message))
