"""The versions of a knowledge base in a database, with the content of every topic in each of them.

A version stores the topics that it changed, as they were after it. The content of a topic in a version is its newest
entry up to that version.
"""

from __future__ import annotations

from datetime import datetime, timezone

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from faq_component.knowledge.store.diff import diff_contents
from faq_component.knowledge.store.tables import Row, Rows, change, content_of, contents, read, version
from faq_component.knowledge.store.versions import Version


def newest(connection: Connection) -> Version | None:
    """Return the last version; None where there is none yet."""
    return next(iter(versions(connection, limit=1)), None)


def versions(connection: Connection, *, limit: int | None = None) -> list[Version]:
    """Return the last `limit` versions, or all of them, newest first."""
    statement = sa.select(version).order_by(version.c.number.desc()).limit(limit)
    return [Version(**{**item, "time": _utc(item["time"])}) for item in read(connection, version, statement)]


def rows_at(connection: Connection, number: int) -> Rows:
    """Return every topic as it was after a version."""
    last = (
        sa.select(change.c.topic_id, sa.func.max(change.c.version).label("version"))
        .where(change.c.version <= number)
        .group_by(change.c.topic_id)
        .subquery()
    )
    same = sa.and_(change.c.topic_id == last.c.topic_id, change.c.version == last.c.version)
    statement = sa.select(change).select_from(change.join(last, same)).where(change.c.position.is_not(None))
    return {item["topic_id"]: Row(item["position"], content_of(item)) for item in read(connection, change, statement)}


def record(connection: Connection, before: Rows, after: Rows, *, fingerprint: str, who: str, what: str) -> Version:
    """Record a version: the topics of `after` that differ from `before`."""
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
    """Convert to UTC: SQLite drops the time zone, PostgreSQL gives that of the session."""
    return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)


def _clean(text: str) -> str:
    """Replace the characters that a database cannot store."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")
