"""The rule ``mixed-topic``: unrelated questions with an answer each in one topic, as when a category named it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from faq_component.lint.findings import Finding, finding
from faq_component.lint.nearness import Floats, Texts
from faq_component.lint.places import Entry
from faq_component.lint.posts import Geometry

_LEAST = 3  # posts and answers of a topic that is looked at
_POSTS_PER_ANSWER = 2  # at most: a topic whose posts are more has ways to ask one thing
_LEAST_PAIRS = 30  # pairs of posts of different topics, by which nearness is measured
_SAMPLE = 1000  # texts of which these are made
# Chosen on topics drawn from the demo FAQ, and on single rows of several of its topics put together:
# docs/guides/lint.md.
_MIXED = -0.6


def mixed_topics(entries: Sequence[Entry], geometry: Geometry) -> Iterator[Finding]:
    """Find topics whose posts and answers are as far apart as those of different topics, each post with its answer."""
    scales = [_scale(texts) for texts in (geometry.asked, geometry.answered)]
    if None in scales:
        return
    (of_posts, of_answers) = (scale for scale in scales if scale is not None)
    for number, entry in enumerate(entries):
        posts, answers = (_of(texts, number) for texts in (geometry.asked, geometry.answered))
        if len(answers) < _LEAST or not _LEAST <= len(posts) <= _POSTS_PER_ANSWER * len(answers):
            continue
        near = _within(posts, of_posts) + _within(answers, of_answers)
        if near - 2 * _alignment(posts, answers) / of_answers[1] < _MIXED:
            yield finding("mixed-topic", entry, entry.topic.title, entry.line, count=str(len(answers)))


def _of(texts: Texts, topic: int) -> Floats:
    vectors: Floats = texts.vectors[texts.topics == topic]
    return vectors


def _scale(texts: Texts) -> tuple[float, float] | None:
    """Mean and standard deviation of the cosines of texts of different topics; None where there are too few."""
    chosen = np.unique(np.linspace(0, len(texts.topics) - 1, _SAMPLE).astype(np.int64))
    vectors, topics = texts.vectors[chosen], texts.topics[chosen]
    between = (vectors @ vectors.T)[np.triu(topics[:, None] != topics[None])]
    if len(between) < _LEAST_PAIRS:
        return None
    return float(between.mean()), max(float(between.std()), 1e-6)


def _within(vectors: Floats, scale: tuple[float, float]) -> float:
    """The mean cosine of the texts of a topic, in standard deviations from that of different topics."""
    cosines = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    return (float(cosines.mean()) - scale[0]) / scale[1]


def _alignment(posts: Floats, answers: Floats) -> float:
    """By how much posts are nearer to an answer of their own than posts and answers are by themselves."""
    from scipy.optimize import linear_sum_assignment

    cosines = posts @ answers.T
    centred = cosines - cosines.mean(axis=0) - cosines.mean(axis=1)[:, None] + cosines.mean()
    return float(centred[linear_sum_assignment(-centred)].mean())
