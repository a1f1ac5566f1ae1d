"""How near all posts, titles and answers of a knowledge base are to its topics, worked out in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from faq_component.encoders import Encoder
from faq_component.knowledge.responses import text_of
from faq_component.lint.nearness import (
    Floats,
    Ints,
    Texts,
    best_per_topic,
    labels,
    mean_per_topic,
    scaled_blocks,
    standardised,
)
from faq_component.lint.places import Entry

_CANDIDATE = 0.1  # scaled cosine from which two posts are compared in characters
_TWINS = 5  # near posts of other topics that are looked at for each post


@dataclass
class PostNearness:
    """How near `n` posts are to `t` topics, in standard deviations over the topics.

    The nearness of a post to a topic is the mean of four views: of all posts, of the nearest post, of the nearest
    answer and of the title.

    Args:
        own: of each post to its own topic. *Shape:* ``(n,)``.
        other: of each post to the nearest other topic. *Shape:* ``(n,)``.
        nearest: that topic. *Shape:* ``(n,)``.
        nearest_post: the post there that is nearest. *Shape:* ``(n,)``.
        pull: by how much the second topic is nearer to a post of the first than its own is, at most. ``(t, t)``.
        pulled: the post of which this holds. ``(t, t)``.
        twins: pairs of posts of two topics that are near, with their scaled cosine.
        between: the mean scaled cosine of the posts of two topics; NaN within a topic of one post. ``(t, t)``.
    """

    own: Floats
    other: Floats
    nearest: Ints
    nearest_post: Ints
    pull: Floats
    pulled: Ints
    between: Floats
    twins: dict[tuple[int, int], float] = field(default_factory=dict)


@dataclass(frozen=True)
class Geometry:
    """What the rules on posts and topics are made of.

    Args:
        places: the entry of each post, and its number there.
        posts: how near the posts are to the topics.
        blend: how much the posts of two topics are mixed: their nearness less that within the two. ``(t, t)``.
        answers: how near the answers of two topics are. ``(t, t)``.
        titles: how near their titles are. ``(t, t)``.
        asked: the posts.
        answered: the answers; the title, of one without a text.
    """

    places: list[tuple[int, int]]
    posts: PostNearness
    blend: Floats
    answers: Floats
    titles: Floats
    asked: Texts
    answered: Texts


def measure(entries: Sequence[Entry], encoder: Encoder) -> Geometry:
    """Encode all texts of the entries and compare them."""
    topics = [entry.topic for entry in entries]
    said = [[text_of(response) or topic.title for response in topic.responses] for topic in topics]
    asked = Texts(encoder.encode([post for topic in topics for post in topic.posts]), labels([t.posts for t in topics]))
    answers = Texts(encoder.encode([text for texts in said for text in texts]), labels(said))
    titles = Texts(encoder.encode([topic.title for topic in topics]), np.arange(len(topics)))
    posts = _post_nearness(asked, answers, titles)
    within = posts.between.diagonal()
    return Geometry(
        [(number, place) for number, topic in enumerate(topics) for place in range(len(topic.posts))],
        posts,
        _both_ways(posts.between) - (within[:, None] + within[None]) / 2,
        _nearest_between(answers),
        _both_ways(np.vstack([scaled for _, scaled in scaled_blocks(titles.vectors, titles.vectors, itself=True)])),
        asked,
        answers,
    )


def _post_nearness(posts: Texts, answers: Texts, titles: Texts) -> PostNearness:
    """One pass over all pairs of posts, in blocks of rows."""
    count, topics = len(posts.topics), len(titles.topics)
    floats, places = np.zeros(count, dtype=np.float32), np.zeros(count, dtype=np.int64)
    square = np.full((topics, topics), -np.inf, dtype=np.float32)
    found = PostNearness(
        floats, floats.copy(), places, places.copy(), square, square.astype(np.int64), np.zeros_like(square)
    )
    blocks = (scaled_blocks(posts.vectors, texts.vectors, itself=texts is posts) for texts in (posts, answers, titles))
    for (rows, to_posts), (_, to_answers), (_, to_titles) in zip(*blocks, strict=True):
        mean = mean_per_topic(to_posts, posts)
        views = (mean, best_per_topic(to_posts, posts), best_per_topic(to_answers, answers), to_titles)
        near = np.mean([standardised(view) for view in views], axis=0, dtype=np.float32)
        np.add.at(found.between, posts.topics[rows], mean)
        _take_nearest(found, rows, near, to_posts, posts)
        _take_pull(found, rows, near, posts)
    found.between /= posts.counts[:, None]
    return found


def _take_nearest(found: PostNearness, rows: slice, near: Floats, to_posts: Floats, posts: Texts) -> None:
    """Own and other nearness of a block of posts, and its twins."""
    here, mine = np.arange(rows.stop - rows.start), posts.topics[rows]
    found.own[rows] = near[here, mine]
    others = near.copy()
    others[here, mine] = -np.inf
    found.nearest[rows] = others.argmax(axis=1)
    found.other[rows] = others.max(axis=1)
    foreign = np.where(posts.topics[None] == mine[:, None], -np.inf, np.nan_to_num(to_posts, nan=-np.inf))
    there = posts.topics[None] == found.nearest[rows, None]
    found.nearest_post[rows] = np.where(there, foreign, -np.inf).argmax(axis=1)
    most = min(_TWINS, foreign.shape[1])
    columns = np.argpartition(-foreign, most - 1, axis=1)[:, :most]
    for row, column in zip(np.repeat(here, most).tolist(), columns.ravel().tolist(), strict=True):
        if foreign[row, column] >= _CANDIDATE:
            found.twins[min(rows.start + row, column), max(rows.start + row, column)] = float(foreign[row, column])


def _take_pull(found: PostNearness, rows: slice, near: Floats, posts: Texts) -> None:
    """By how much other topics are nearer to posts of a block than their own, topic by topic."""
    mine = posts.topics[rows]
    ahead = near - near[np.arange(len(mine)), mine][:, None]
    for topic in np.unique(mine):
        of_topic = np.flatnonzero(mine == topic)
        best = ahead[of_topic].argmax(axis=0)
        value = ahead[of_topic][best, np.arange(ahead.shape[1])]
        better = value > found.pull[topic]
        found.pull[topic] = np.where(better, value, found.pull[topic])
        found.pulled[topic] = np.where(better, rows.start + of_topic[best], found.pulled[topic])


def _nearest_between(texts: Texts) -> Floats:
    """How near the texts of two topics are: the mean over both ways of each one's nearest. *Shape:* ``(t, t)``."""
    total = np.zeros((len(texts.starts), len(texts.starts)))
    for rows, scaled in scaled_blocks(texts.vectors, texts.vectors, itself=True):
        np.add.at(total, texts.topics[rows], np.nan_to_num(best_per_topic(scaled, texts)))
    return _both_ways((total / texts.counts[:, None]).astype(np.float32))


def _both_ways(values: Floats) -> Floats:
    return (values + values.T) / 2
