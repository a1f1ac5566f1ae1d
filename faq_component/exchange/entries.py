"""Rows of tables, and how they become topics.

A row with its own question and its own answer is a topic of its own. Rows are one topic where the file says so: by an
id or a number, by a title that does not group different answers, by merged cells, by equal answers. What shares a title
or a question but not the answer is kept apart, by tags.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from faq_component.exchange.cells import Item
from faq_component.exchange.drafts import Draft, Drafts
from faq_component.exchange.faults import fault_at
from faq_component.exchange.remarks import Did
from faq_component.exchange.said import SINGLE, Said
from faq_component.language import _, listed
from faq_component.text import comparison_key, normalize

_LONGEST_TAG = 20  # characters of a cell that may tell two answers to one question apart
_HALF = 0.5  # share of the rows whose title groups different answers, from which the column is a category


@dataclass
class Entry(Said):
    """What a row, with those that continue it, says of a topic.

    Args:
        where: its place.
        id: of the topic, where the file gives one.
        key: a number that rows of a topic share, and that is not kept.
        title: of a column of titles; it may turn out to be a category.
        heading: of that column.
        title_chosen: whether the user says that this column names topics.
        named: the question that names the topic where no title does.
        questions: ways to ask.
        answers: each with its place.
        others: cells of columns that are not read, by heading.
        sheet: where there are several.
        lone: whether the table has a phrasing per row, so that rows of the same answer are one topic.
        no_post: the fault that names where a question should stand.
        no_response: likewise for answers.
    """

    where: str
    id: str | None = None
    key: str = ""
    title: str = ""
    heading: str = ""
    title_chosen: bool = False
    named: str = ""
    questions: list[Item] = field(default_factory=list)
    answers: list[tuple[Item, str]] = field(default_factory=list)
    others: Mapping[str, str] = field(default_factory=dict)
    table: str = ""
    sheet: str = ""
    lone: bool = True
    no_post: str = ""
    no_response: str = ""

    @property
    def said(self) -> tuple[str, ...]:
        """The answers, to compare."""
        return tuple(dict.fromkeys(_text(item.value) for item, _where in self.answers))

    @property
    def is_whole(self) -> bool:
        """Whether it has a question and an answer of its own."""
        return bool(self.questions and self.answers)

    def take(self, other: Entry) -> None:
        """Add what another row says of the same topic."""
        self.questions += other.questions
        self.answers += other.answers
        self.take_lists(other)


@dataclass
class _Group:
    """Rows that are one topic."""

    title: str
    entries: list[Entry]
    given: bool = False


def add_entries(entries: Sequence[Entry], drafts: Drafts) -> None:
    """Make the topics of one file's rows."""
    entries = _titles_that_are_categories(entries, drafts)
    _adopt_category(entries, drafts)
    groups = _by_name(entries, drafts)
    for group in _by_answer(groups, drafts):
        _add(group, drafts)


def _titles_that_are_categories(entries: Sequence[Entry], drafts: Drafts) -> list[Entry]:
    """Turn a title that groups different answers into a tag.

    Where most rows of a table have such a title, the whole column is a category.
    """
    titled = _titled(entries)
    grouping = {name for name, group in titled.items() if len({entry.said for entry in group if entry.is_whole}) > 1}
    categories = _category_columns(titled, grouping)
    tagged = {
        id(entry): name
        for name, group in titled.items()
        for entry in group
        if name in grouping or entry.table in categories
    }
    kept: list[Entry] = []
    last: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        name = tagged.get(id(entry))
        if name is None:
            kept.append(entry)
        elif not entry.is_whole and name in last:
            last[name].take(entry)
            drafts.remarks.add(Did.CONTINUED, f"{entry.where}: {_shown(entry)}")
        else:
            if name in grouping and entry.table not in categories:
                message = _("{where}: '{title}' is a tag of '{question}'")
                names = {"title": entry.title, "question": entry.named or entry.title}
                drafts.remarks.add(Did.APART, message.format(where=entry.where, **names))
            last[name] = entry
            _title_to_tag(entry)
            kept.append(entry)
    message = _(
        "{table}: column {heading} groups different answers, so it is kept as a tag, and each row is a topic; "
        "`--columns {title}={heading}` makes each of its values one topic"
    )
    drafts.notes += [
        message.format(table=table, title=_("title"), heading=heading) for table, heading in categories.items()
    ]
    return kept


def _titled(entries: Sequence[Entry]) -> dict[tuple[str, str], list[Entry]]:
    """The rows of each table's titles that may be categories: no row of them has an id, and the user says nothing."""
    with_id = {normalize(entry.title) for entry in entries if entry.id and entry.title}
    rows: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.title and not (entry.title_chosen or entry.key or normalize(entry.title) in with_id):
            rows[entry.table, normalize(entry.title)].append(entry)
    return rows


def _category_columns(
    titled: Mapping[tuple[str, str], Sequence[Entry]], grouping: Collection[tuple[str, str]]
) -> dict[str, str]:
    """The heading of the column of titles of each table where it is a category."""
    inside: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for name, group in titled.items():
        inside[name[0]] += len(group) * (name in grouping)
        total[name[0]] += len(group)
    headings = {name[0]: group[0].heading for name, group in titled.items()}
    return {table: headings[table] for table in total if inside[table] and inside[table] >= total[table] * _HALF}


def _title_to_tag(entry: Entry) -> None:
    if entry.title not in entry.tags:
        entry.tags.insert(0, entry.title)
    entry.named = entry.named or entry.title  # a title without a question is asked itself
    entry.title = ""


def _adopt_category(entries: Sequence[Entry], drafts: Drafts) -> None:
    """Where a question has several answers, find the column that is not read and tells them apart; it becomes a tag."""
    for table, rows in _grouped(entries, lambda entry: entry.table).items():
        clashes = [group for group in _named_groups(rows) if _differ(group) and not _differ_in_tags(group)]
        if not clashes:
            continue
        headings = dict.fromkeys(heading for group in clashes for entry in group for heading in entry.others)
        for heading in headings:
            if all(_tells_apart([entry.others.get(heading, "") for entry in group]) for group in clashes):
                for entry in rows:
                    tag = entry.others.get(heading, "").strip()
                    if tag and tag not in entry.tags:
                        entry.tags.append(tag)
                drafts.notes.append(
                    _("{table}: the column '{heading}' tells answers to the same question apart; kept as a tag").format(
                        table=table, heading=heading
                    )
                )
                break


def _by_name(entries: Sequence[Entry], drafts: Drafts) -> list[_Group]:
    """Rows of one id, number, title or question."""
    groups: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.id or entry.key or entry.title:
            groups[_name(entry)].append(entry)
        else:
            groups["question", comparison_key(entry.named)].append(entry)
    found: list[_Group] = []
    for name, group in groups.items():
        if name[0] == "key" and len(group) > 1:
            for entry in group[1:]:
                drafts.remarks.add(Did.NUMBERED, f"{entry.where}: {_shown(entry)} → {_shown(group[0])}")
        if name[0] != "question" or not _differ(group):
            title = next((entry.title for entry in group if entry.title), "")
            found.append(_Group(title or group[0].named, group, given=bool(title)))
        else:
            found += _apart(group, drafts)
    order = {id(entry): number for number, entry in enumerate(entries)}
    return sorted(found, key=lambda group: order[id(group.entries[0])])


def _name(entry: Entry) -> tuple[str, ...]:
    if entry.id:
        return "id", entry.id, normalize(entry.title)
    return ("key", entry.table, entry.key) if entry.key else ("title", normalize(entry.title))


def _apart(group: Sequence[Entry], drafts: Drafts) -> Iterable[_Group]:
    """Rows of one question with different answers: a topic for each of their tags, or of their sheets."""
    if not _differ_in_tags(group) and len({entry.sheet for entry in group}) > 1:
        for entry in group:
            entry.tags.append(entry.sheet)
    for tags, rows in _grouped(group, lambda entry: tuple(entry.tags)).items():
        title = rows[0].named
        if tags and _differ_in_tags(group):
            title = _("{question} ({tags})").format(question=title, tags=listed(tags))
            for entry in rows:
                drafts.remarks.add(Did.APART, f"{entry.where}: {title}")
        yield _Group(title, rows, given=title != rows[0].named)


def _by_answer(groups: Sequence[_Group], drafts: Drafts) -> list[_Group]:
    """Questions of the same answer, in tables with one phrasing per row, become one topic."""
    found: dict[tuple[Any, ...], _Group] = {}
    for number, group in enumerate(groups):
        first = group.entries[0]
        said = {entry.said for entry in group.entries}
        states = {entry.state for entry in group.entries}
        alone = (
            group.given
            or first.id
            or len(said) > 1
            or len(states) > 1
            or not all(entry.lone and entry.is_whole for entry in group.entries)
        )
        key = (number,) if alone else (*first.said, first.state)
        known = found.setdefault(key, group)
        if known is not group:
            known.entries += group.entries
            for entry in group.entries:
                drafts.remarks.add(Did.MERGED, f"{entry.where}: {_shown(entry)} → {known.title}")
    return list(found.values())


def _add(group: _Group, drafts: Drafts) -> None:
    first = group.entries[0]
    topic_id = next((entry.id for entry in group.entries if entry.id), None)
    new = Draft(first.where, group.title, topic_id, first.no_post, first.no_response)
    draft = drafts.topic(new, title_is_given=group.given)
    before = len(draft.responses)
    for entry in group.entries:
        # Under an id, a text that is written exactly may come twice: that is how a topic with both is exported.
        for item in entry.questions:
            if (item.exact and topic_id) or item.value not in draft.posts:
                draft.posts.append(str(item.value))
        for item, where in entry.answers:
            if (item.exact and topic_id) or item.value not in draft.responses:
                drafts.response(draft, item.value, where)
        draft.take_lists(entry)
        _set(draft, entry, drafts)
    several = len({entry.said for entry in group.entries if entry.answers}) > 1 or (draft is not new and before)
    if several and not topic_id and not group.given and len(draft.responses) > max(before, 1):
        drafts.remarks.add(Did.SEVERAL, f"{first.where}: {group.title}")


def _set(draft: Draft, entry: Entry, drafts: Drafts) -> None:
    """Switch a topic on or off, and limit it, as a row says; rows that contradict each other are a fault."""
    for key in SINGLE:
        value, known = getattr(entry, key), getattr(draft, key)
        if value is None:
            continue
        if known is not None and known != value:
            message = _("{where}: says '{key}' otherwise than another row of topic '{title}'; write the same in both")
            sentence = message.format(where=entry.where, key=key, title=draft.title)
            drafts.faults.append(fault_at(entry.where, sentence))
        setattr(draft, key, value)


def _named_groups(entries: Sequence[Entry]) -> list[list[Entry]]:
    asked = [entry for entry in entries if entry.named and not (entry.id or entry.key or entry.title)]
    return [group for group in _grouped(asked, lambda entry: comparison_key(entry.named)).values() if len(group) > 1]


def _differ(group: Sequence[Entry]) -> bool:
    return len({entry.said for entry in group if entry.answers}) > 1


def _differ_in_tags(group: Sequence[Entry]) -> bool:
    return len({tuple(entry.tags) for entry in group}) > 1


def _tells_apart(values: Sequence[str]) -> bool:
    named = [normalize(value) for value in values]
    usable = all(0 < len(value) <= _LONGEST_TAG and not re.fullmatch(r"[\d\W]+", value) for value in named)
    return usable and len(set(named)) > 1


def _grouped(entries: Iterable[Entry], key: Any) -> dict[Any, list[Entry]]:
    groups: dict[Any, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[key(entry)].append(entry)
    return groups


def _shown(entry: Entry) -> str:
    text = str(entry.questions[0].value) if entry.questions else entry.named
    return " ".join(text.split())[:40]


def _text(value: str | Mapping[str, Any]) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
