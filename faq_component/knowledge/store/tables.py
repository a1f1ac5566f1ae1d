"""The tables of a knowledge base in a database (docs/guides/database.md), and the conversion of topics to rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, RowMapping

from faq_component.knowledge.options import KEYS as OPTIONAL
from faq_component.knowledge.store.connection import RowError
from faq_component.knowledge.store.file_form import topic_to_json
from faq_component.knowledge.store.positions import place_in_order
from faq_component.knowledge.topics import Faq
from faq_component.language import _

SCHEMA = 2
_WITH_OPTIONS = 2  # the version whose topics have a column of options
_CHUNK = 500  # SQLite limits the number of values of a statement

metadata = sa.MetaData()
_JSON = sa.JSON(none_as_null=True)


def _topic_id(**options: Any) -> sa.Column:
    return sa.Column("topic_id", sa.Text, sa.ForeignKey("faq_topic.id"), primary_key=True, **options)


schema = sa.Table("faq_schema", metadata, sa.Column("version", sa.Integer, nullable=False))
topic = sa.Table(
    "faq_topic",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("options", _JSON),
)
post = sa.Table(
    "faq_post",
    metadata,
    _topic_id(),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)
response = sa.Table(
    "faq_response",
    metadata,
    _topic_id(),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text),
    sa.Column("rich", _JSON),
    sa.CheckConstraint("(text IS NULL) <> (rich IS NULL)", name="text_or_rich"),
)
version = sa.Table(
    "faq_version",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("time", sa.DateTime(timezone=True), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("topics", sa.Integer, nullable=False),
    sa.Column("posts", sa.Integer, nullable=False),
    sa.Column("responses", sa.Integer, nullable=False),
)
change = sa.Table(
    "faq_change",
    metadata,
    sa.Column("version", sa.Integer, sa.ForeignKey("faq_version.number"), primary_key=True),
    sa.Column("topic_id", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger),
    sa.Column("topic", _JSON),
)

_KINDS: dict[type, type] = {sa.Text: str, sa.Integer: int, sa.BigInteger: int, sa.DateTime: datetime}
_OWN_COLUMNS = {"title", "id", "post", "resp"}  # of a topic's content; no option has such a name
_SHOWN = 80  # characters of a value that an error shows


@dataclass(frozen=True)
class Row:
    """A topic: its position, and its content in the form of an FAQ file, with the title."""

    position: int
    content: dict[str, Any]


Rows = Mapping[str, Row]


def contents(rows: Rows) -> dict[str, dict[str, Any]]:
    """Return the contents by id, in the order of the topics."""
    return {topic_id: rows[topic_id].content for topic_id in sorted(rows, key=lambda item: (rows[item].position, item))}


def rows_of(faq: Faq, before: Rows) -> Rows:
    """Convert a knowledge base to rows, keeping positions of `before` where possible."""
    contents = {topic.id: {"title": topic.title, **topic_to_json(topic)} for topic in faq.topics}
    positions = place_in_order(list(contents), {topic_id: row.position for topic_id, row in before.items()})
    return {topic_id: Row(positions[topic_id], content) for topic_id, content in contents.items()}


def migrate(connection: Connection, found: int) -> None:
    """Bring tables of an older version to this one."""
    if found < _WITH_OPTIONS:
        connection.execute(sa.text("ALTER TABLE faq_topic ADD COLUMN options JSON"))
    if found < SCHEMA:
        connection.execute(sa.update(schema).values(version=SCHEMA))


def read(connection: Connection, table: sa.Table, statement: Any) -> Iterator[RowMapping]:
    """Yield the rows of a table that a statement selects, each value of its column's type.

    Raises:
        RowError: one is not, or is not JSON.
    """
    rows = iter(connection.execute(statement).mappings())
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except (ValueError, RecursionError) as error:  # PostgreSQL rejects most of such values, SQLite does not
            raise RowError(
                _("a row of {table} cannot be read ({reason})").format(table=table.name, reason=error)
            ) from error
        for name, value in row.items():
            column = table.c[name]
            kind = _KINDS.get(type(column.type))
            if kind and not isinstance(value, kind) and not (value is None and column.nullable):
                raise _unfit(table, name, value)
        yield row


def _unfit(table: sa.Table, column: str, value: object) -> RowError:
    message = _("a row of {table} has {value} as '{column}'")
    return RowError(message.format(table=table.name, column=column, value=repr(value)[:_SHOWN]))


def content_of(row: RowMapping) -> dict[str, Any]:
    """Return the topic that a row of `change` holds.

    Raises:
        RowError: it is none.
    """
    found = row["topic"]
    if (
        not isinstance(found, dict)
        or not isinstance(found.get("title"), str)
        or not (isinstance(found.get("post"), list) and isinstance(found.get("resp"), list))
    ):
        raise _unfit(change, "topic", found)
    return found


def read_rows(connection: Connection, found: int = SCHEMA) -> Rows:
    """Read every topic from tables of the version `found`, which may be older.

    Raises:
        RowError: a table holds what is no topic.
    """
    columns = [column for column in topic.c if found >= _WITH_OPTIONS or column is not topic.c.options]
    rows: dict[str, Row] = {}
    for item in read(connection, topic, sa.select(*columns)):
        options = item.get("options") or {}
        if not isinstance(options, dict) or not options.keys().isdisjoint(_OWN_COLUMNS):
            raise _unfit(topic, "options", options)
        content = {"title": item["title"], "id": item["id"], "post": [], "resp": [], **options}
        rows[item["id"]] = Row(item["position"], content)
    for item in read(connection, post, sa.select(post).order_by(post.c.topic_id, post.c.position)):
        if item["topic_id"] in rows:
            rows[item["topic_id"]].content["post"].append(item["text"])
    for item in read(connection, response, sa.select(response).order_by(response.c.topic_id, response.c.position)):
        if item["topic_id"] in rows:
            value = item["rich"] if item["text"] is None else item["text"]
            rows[item["topic_id"]].content["resp"].append(value)
    return rows


def write_rows(connection: Connection, before: Rows, after: Rows) -> None:
    """Write the topics that differ, and no others."""
    gone = [topic_id for topic_id in before if topic_id not in after]
    changed = [topic_id for topic_id, row in after.items() if before.get(topic_id) != row]
    rewritten = [item for item in changed if item not in before or before[item].content != after[item].content]
    for ids in _chunks([*gone, *rewritten]):
        connection.execute(sa.delete(post).where(post.c.topic_id.in_(ids)))
        connection.execute(sa.delete(response).where(response.c.topic_id.in_(ids)))
    for ids in _chunks(gone):
        connection.execute(sa.delete(topic).where(topic.c.id.in_(ids)))
    _insert(
        connection,
        _upsert(connection),
        [_topic(item, after[item]) for item in changed],
    )
    _insert(connection, sa.insert(post), [row for item in rewritten for row in _posts(item, after[item])])
    _insert(connection, sa.insert(response), [row for item in rewritten for row in _responses(item, after[item])])


def _topic(topic_id: str, row: Row) -> dict[str, Any]:
    options = {key: value for key, value in row.content.items() if key in OPTIONAL}
    return {"id": topic_id, "position": row.position, "title": row.content["title"], "options": options or None}


def _posts(topic_id: str, row: Row) -> Iterator[dict[str, Any]]:
    for position, text in enumerate(row.content["post"]):
        yield {"topic_id": topic_id, "position": position, "text": text}


def _responses(topic_id: str, row: Row) -> Iterator[dict[str, Any]]:
    for position, value in enumerate(row.content["resp"]):
        text, rich = (value, None) if isinstance(value, str) else (None, value)
        yield {"topic_id": topic_id, "position": position, "text": text, "rich": rich}


def _upsert(connection: Connection) -> Any:
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    insert = kind.insert(topic)
    new = {"position": insert.excluded.position, "title": insert.excluded.title, "options": insert.excluded.options}
    return insert.on_conflict_do_update(index_elements=[topic.c.id], set_=new)


def _insert(connection: Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
