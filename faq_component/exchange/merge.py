"""What was read from files, brought into a knowledge base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from faq_component.errors import FaqDataError
from faq_component.exchange.drafts import Draft, Drafts
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import _
from faq_component.text import comparison_key, normalize


@dataclass(frozen=True)
class Change:
    """What happens to a topic; `before` is None for a new one."""

    before: Topic | None
    after: Topic

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Posts added and removed, responses added and removed."""
        old = self.before or replace(self.after, posts=(), responses=())
        return (
            *_differences(old.posts, self.after.posts),
            *_differences(old.responses, self.after.responses),
        )


def merge(faq: Faq | None, drafts: Drafts, *, replace_topics: bool = False) -> tuple[Faq, list[Change]]:
    """Add the topics of files to a knowledge base, or to none; what they do not name stays as it is.

    A topic of the same id or title gets the posts and responses that it lacks; posts that differ only in punctuation,
    case or width are the same. With `replace_topics` it becomes what the files say, wholly.

    Raises:
        FaqDataError: names every fault of the files, and every new topic without posts or responses.
    """
    topics = list(faq.topics) if faq else []
    by_id = {topic.id: at for at, topic in enumerate(topics)}
    by_title = {normalize(topic.title): at for at, topic in enumerate(topics)}
    faults = list(drafts.faults)
    changes: list[Change] = []
    targets: dict[int, Draft] = {}
    for draft in drafts.topics:
        same_id = by_id.get(draft.topic.id) if draft.id or draft.title else None
        same_title = by_title.get(normalize(draft.title))
        at = same_title if same_id is None else same_id
        if same_id is not None and same_title is not None and same_id != same_title:
            faults.append(
                _(
                    "{where}: has the id of topic '{title}' and the title of topic "
                    "'{other}' (id '{id}'); correct one of them"
                ).format(
                    where=draft.where,
                    title=topics[same_id].title,
                    other=topics[same_title].title,
                    id=topics[same_title].id,
                )
            )
            continue
        if at is not None and at in targets:
            other = targets[at].where
            faults.append(
                _("{where}: is the topic '{title}', and so is {other}; join the two").format(
                    where=draft.where, title=topics[at].title, other=other
                )
            )
            continue
        before = None if at is None else topics[at]
        if before is None or replace_topics:
            faults += draft.gaps(has_title=before is not None)
        after = _after(before, draft, replace_topics=replace_topics)
        changes.append(Change(before, after))
        if at is None:
            topics.append(after)
        else:
            targets[at] = draft
            topics[at] = after
    if faults:
        raise FaqDataError(faults)
    return Faq.of(topics), changes


def _after(before: Topic | None, draft: Draft, *, replace_topics: bool) -> Topic:
    if before is None:
        return draft.topic
    if replace_topics:
        new = draft.topic
        return replace(new, id=draft.id or before.id, title=draft.title or before.title)
    keys = {comparison_key(post) for post in before.posts}
    posts = list(before.posts)
    for post in draft.posts:
        if comparison_key(post) not in keys:
            keys.add(comparison_key(post))
            posts.append(post)
    responses = [response for response in draft.responses if response not in before.responses]
    return replace(before, posts=tuple(posts), responses=(*before.responses, *responses))


def _differences(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    return sum(item not in old for item in new), sum(item not in new for item in old)
