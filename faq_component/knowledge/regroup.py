"""Phrasings that change their topic: moved to another one, split off as a new one, or merged with those of another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from faq_component.knowledge.leads import Follow
from faq_component.knowledge.options import Options
from faq_component.knowledge.responses import Response
from faq_component.knowledge.topics import Faq, Topic
from faq_component.text import comparison_key


def move_posts(faq: Faq, source: str, target: str, posts: Collection[str]) -> Faq:
    """Move phrasings from a topic to another; one that the other has, but for punctuation and case, is only taken away.

    Args:
        faq: the knowledge base.
        source: id of the topic that has them.
        target: id of the topic that gets them.
        posts: those to move.
    """
    from_topic, to_topic = faq.by_id[source], faq.by_id[target]
    moved = [post for post in from_topic.posts if post in posts]
    left = tuple(post for post in from_topic.posts if post not in posts)
    changed = {source: replace(from_topic, posts=left), target: with_posts(to_topic, moved)}
    return Faq.of(changed.get(topic.id, topic) for topic in faq.topics)


def split_topic(faq: Faq, source: str, new: Topic) -> Faq:
    """Put a new topic behind another one, which loses the phrasings of the new one.

    Args:
        faq: the knowledge base.
        source: id of the topic that is split.
        new: the topic to be.
    """

    def topics() -> Iterator[Topic]:
        for topic in faq.topics:
            if topic.id == source:
                yield replace(topic, posts=tuple(post for post in topic.posts if post not in new.posts))
                yield new
            else:
                yield topic

    return Faq.of(topics())


def merge_topics(faq: Faq, kept: str, gone: str, *, title: str, responses: Sequence[Response], options: Options) -> Faq:
    """Make one topic of two: it has the phrasings of both, and whatever led to the one that goes leads to it.

    Args:
        faq: the knowledge base.
        kept: id of the topic that stays, in its place.
        gone: id of the topic that goes.
        title: of the topic to be.
        responses: its answers.
        options: its optional keys; what they say of the two topics themselves is left out.
    """
    posts = with_posts(faq.by_id[kept], faq.by_id[gone].posts).posts
    merged = Topic(kept, title, posts, tuple(responses), options)
    topics = (merged if topic.id == kept else topic for topic in faq.topics if topic.id != gone)
    return Faq.of(replace(topic, options=_redirected(topic, gone, kept)) for topic in topics)


def with_posts(topic: Topic, posts: Sequence[str]) -> Topic:
    """Return a topic with further phrasings, without those that it has but for punctuation and case."""
    known = {comparison_key(post) for post in topic.posts}
    added: list[str] = []
    for post in posts:
        if comparison_key(post) not in known:
            known.add(comparison_key(post))
            added.append(post)
    return replace(topic, posts=(*topic.posts, *added))


def _redirected(topic: Topic, old: str, new: str) -> Options:
    """Return the keys of a topic that leads on to `new` in place of `old`, never to itself, and once."""
    related = dict.fromkeys(new if one == old else one for one in topic.options.related)
    follow: dict[str, Follow] = {}
    for one in topic.options.follow:
        lead = replace(one, topic=new) if one.topic == old else one
        follow.setdefault(lead.topic, lead)
    related.pop(topic.id, None)
    follow.pop(topic.id, None)
    return replace(topic.options, related=tuple(related), follow=tuple(follow.values()))
