"""The versions of a knowledge base in a database: what was done, and every topic as it was.

A version holds the topics that it changed, as they were after it. What a topic was at any moment is its newest entry up
to then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from faq_component.knowledge.store.diff import diff_contents
from faq_component.knowledge.store.tables import Row, Rows, change, contents, version


@dataclass(frozen=True)
class Version:
    """What one edit did.

    Args:
        number: counted from 1.
        time: in UTC.
        who: the author.
        what: what was done, in a few words.
        fingerprint: of the knowledge base after it; empty where that was faulty.
        topics: how many topics were added, removed or changed.
        posts: how many posts, one put in place of another counting once.
        responses: how many responses, likewise.
    """

    number: int
    time: datetime
    who: str
    what: str
    fingerprint: str
    topics: int
    posts: int
    responses: int


def newest(connection: Connection) -> Version | None:
    """The last version; None where there is none yet."""
    return next(iter(versions(connection, limit=1)), None)


def versions(connection: Connection, *, limit: int | None = None) -> list[Version]:
    """The versions, newest first; the last `limit` of them."""
    statement = sa.select(version).order_by(version.c.number.desc()).limit(limit)
    found = connection.execute(statement).mappings()
    return [Version(**{**item, "time": _utc(item["time"])}) for item in found]


def rows_at(connection: Connection, number: int) -> Rows:
    """Every topic as it was after a version."""
    last = (
        sa.select(change.c.topic_id, sa.func.max(change.c.version).label("version"))
        .where(change.c.version <= number)
        .group_by(change.c.topic_id)
        .subquery()
    )
    same = sa.and_(change.c.topic_id == last.c.topic_id, change.c.version == last.c.version)
    statement = sa.select(change).select_from(change.join(last, same)).where(change.c.position.is_not(None))
    return {item.topic_id: Row(item.position, item.topic) for item in connection.execute(statement)}


def record(connection: Connection, before: Rows, after: Rows, *, fingerprint: str, who: str, what: str) -> Version:
    """Write down a version: the topics of `after` that differ from `before`, as they are now."""
    last = newest(connection)
    diff = diff_contents(contents(before), contents(after))
    new = Version(
        number=last.number + 1 if last else 1,
        time=datetime.now(timezone.utc),
        who=_clean(who),
        what=_clean(what),
        fingerprint=fingerprint,
        topics=len(diff.topics),
        posts=diff.posts,
        responses=diff.responses,
    )
    connection.execute(sa.insert(version), vars(new))
    ids = [topic_id for topic_id in {**before, **after} if before.get(topic_id) != after.get(topic_id)]
    entries = [{"version": new.number, "topic_id": topic_id, **_entry(after.get(topic_id))} for topic_id in ids]
    if entries:
        connection.execute(sa.insert(change), entries)
    return new


def _entry(row: Row | None) -> dict[str, object]:
    return {"position": row.position if row else None, "topic": row.content if row else None}


def _utc(time: datetime) -> datetime:
    """SQLite forgets the time zone; PostgreSQL gives that of the session."""
    return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)


def _clean(text: str) -> str:
    """A text that every database can hold."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")
