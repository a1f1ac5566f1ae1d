"""Topics that files name as ones to lead on to: by id, title or post, as people know them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from faq_component.exchange.drafts import Draft
from faq_component.knowledge.topics import Faq
from faq_component.language import _
from faq_component.text import comparison_key, normalize


def name_targets(faq: Faq | None, drafts: Sequence[Draft]) -> list[str]:
    """Put ids in place of the titles and posts by which drafts name topics; return what is wrong with a name."""
    if not any(draft.related or draft.follow for draft in drafts):
        return []
    names = _Names(faq, drafts)
    faults = []
    for draft in drafts:
        draft.related = list(dict.fromkeys(map(names.id_of, draft.related)))
        follow = [replace(each, topic=names.id_of(each.topic)) for each in draft.follow]
        draft.follow = list({each.topic: each for each in reversed(follow)}.values())[::-1]
        for topic in (*draft.related, *(each.topic for each in draft.follow)):
            if topic not in names.ids:
                message = _("{where}: there is no topic '{name}' to lead on to; write the title or id of one")
                faults.append(message.format(where=draft.where, name=topic))
    return faults


class _Names:
    """The ids of the topics of a knowledge base and of drafts, after these are brought into it."""

    def __init__(self, faq: Faq | None, drafts: Sequence[Draft]) -> None:
        topics = faq.topics if faq else ()
        self._titles = {normalize(topic.title): topic.id for topic in topics}
        posts = [(post, topic.id) for topic in topics for post in topic.posts]
        self.ids = {topic.id for topic in topics}
        for draft in drafts:
            known = self._titles.get(normalize(draft.title)) if draft.title and not draft.id else None
            topic_id = known or draft.topic.id
            self.ids.add(topic_id)
            if draft.title:
                self._titles[normalize(draft.title)] = topic_id
            posts += [(post, topic_id) for post in draft.posts]
        self._posts: dict[str, set[str]] = defaultdict(set)
        for post, topic_id in posts:
            self._posts[comparison_key(post)].add(topic_id)

    def id_of(self, name: str) -> str:
        """The id of a topic; the name itself where it is none of one topic."""
        if name in self.ids:
            return name
        by_post = self._posts.get(comparison_key(name), set())
        return self._titles.get(normalize(name)) or (next(iter(by_post)) if len(by_post) == 1 else name)
