"""The rules that need vectors: nearly the same post twice, and posts and topics that are nearer to another topic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from faq_component.lint.alike import are_told_apart, common_share, turns
from faq_component.lint.findings import Finding, finding
from faq_component.lint.nearness import Floats
from faq_component.lint.places import Entry
from faq_component.lint.posts import Geometry
from faq_component.lint.shape import where
from faq_component.text import comparison_key

# Chosen on the demo FAQ and the first half of the planted faults (tests/lint), see docs/guides/lint.md.
LEAST_TOPICS = 8
_SAME_POST = 0.5  # scaled cosine and 0.3 of the share of common characters
_CHARACTERS = 0.3
_LEAST_COMMON = 0.3  # share of common characters
_ELSEWHERE = 3.1  # standard deviations by which another topic is nearer
_EXCHANGED = 3.8  # the same, of two posts together, each nearer to the other's topic
_SAME_TOPIC = 2.95  # standard deviations: posts three times, answers, titles
_SAME_TALK = 2.95  # standard deviations: posts and answers


def near_posts(entries: Sequence[Entry], geometry: Geometry) -> list[tuple[int, int, Finding]]:
    """The rule ``near-post``: the pairs of posts, and what is said of them, at the one that fits its topic less."""
    found = []
    titles = {comparison_key(entry.topic.title) for entry in entries}
    for (first, second), nearness in geometry.posts.twins.items():
        one, other = (_post(entries, geometry, place) for place in (first, second))
        keys = {comparison_key(one), comparison_key(other)}
        if len(keys) == 1 or keys <= titles:  # `same-post`, and `same-topic` if at all
            continue
        common = common_share(one, other)
        if common < _LEAST_COMMON or nearness + _CHARACTERS * common < _SAME_POST or turns(one, other):
            continue
        if geometry.posts.own[first] > geometry.posts.own[second]:
            first, second = second, first
        entry, number = _place(entries, geometry, first)
        twin, twin_number = _place(entries, geometry, second)
        at = where(twin.file, twin.post_line(twin_number))
        facts = {"post": twin.topic.posts[twin_number], "other": twin.topic.title, "at": at}
        found.append(
            (first, second, finding("near-post", entry, entry.topic.posts[number], entry.post_line(number), **facts))
        )
    return found


def misplaced_posts(entries: Sequence[Entry], geometry: Geometry) -> Iterator[tuple[int, Finding]]:
    """The rule ``misplaced-post``: the places of the posts, and what is to be said of them.

    A post is named where another topic is much nearer to it than its own, and where two topics seem to have exchanged
    posts: then less is asked of each of the two, and the one that is pulled more is named. A post alone in its topic,
    and one that is the title, is where it belongs: it is what the topic is about.
    """
    if len(entries) < LEAST_TOPICS:
        return
    near = geometry.posts
    named = _at_home(entries, geometry)
    for place in np.flatnonzero(near.other - near.own >= _ELSEWHERE).tolist():
        if place in named:
            continue
        named.add(place)
        twin = int(near.nearest_post[place])
        yield place, _misplaced("misplaced-post", entries, geometry, place, twin)
    for one, other in zip(*np.nonzero(np.triu(near.pull + near.pull.T, 1) >= _EXCHANGED), strict=True):
        pair = sorted(
            ((near.pull[a, b], int(near.pulled[a, b])) for a, b in ((one, other), (other, one))), reverse=True
        )
        (_, place), (least, twin) = pair
        if least > 0 and not named & {place, twin}:
            named.add(place)
            yield place, _misplaced("exchanged-post", entries, geometry, place, twin)


def _at_home(entries: Sequence[Entry], geometry: Geometry) -> set[int]:
    """The places of posts that are alone in their topic, or its title."""
    titles = [comparison_key(entry.topic.title) for entry in entries]
    return {
        place
        for place, (topic, number) in enumerate(geometry.places)
        if len(entries[topic].topic.posts) == 1 or comparison_key(entries[topic].topic.posts[number]) == titles[topic]
    }


def _misplaced(kind: str, entries: Sequence[Entry], geometry: Geometry, place: int, twin: int) -> Finding:
    (entry, number), (other, post) = (_place(entries, geometry, each) for each in (place, twin))
    facts = {"other": other.topic.title, "post": other.topic.posts[post]}
    return finding(kind, entry, entry.topic.posts[number], entry.post_line(number), **facts)


def same_topics(entries: Sequence[Entry], geometry: Geometry) -> Iterator[tuple[int, int, Finding]]:
    """The rule ``same-topic``: the places of the two topics, and what is to be said at the second.

    Titles count unless they are alike but for a word that tells them apart; then posts and answers must be the nearer.
    """
    if len(entries) < LEAST_TOPICS:
        return
    rows, columns = np.triu_indices(len(entries), 1)
    views = (geometry.blend, geometry.answers, geometry.titles)
    blend, answers, titles = (_standardised(view[rows, columns]) for view in views)
    with_titles, without = (3 * blend + answers + titles) / 5, (blend + answers) / 2
    for pair in np.flatnonzero((with_titles >= _SAME_TOPIC) | (without >= _SAME_TALK)).tolist():
        first, second = entries[rows[pair]], entries[columns[pair]]
        told_apart = are_told_apart(first.topic.title, second.topic.title)
        enough = len(first.topic.posts) > 1 and len(second.topic.posts) > 1
        if enough and (without[pair] >= _SAME_TALK or not told_apart):
            facts = {"other": first.topic.title, "at": where(first.file, first.line)}
            what = finding("same-topic", second, second.topic.title, second.line, **facts)
            yield int(rows[pair]), int(columns[pair]), what


def _place(entries: Sequence[Entry], geometry: Geometry, place: int) -> tuple[Entry, int]:
    topic, number = geometry.places[place]
    return entries[topic], number


def _post(entries: Sequence[Entry], geometry: Geometry, place: int) -> str:
    entry, number = _place(entries, geometry, place)
    return entry.topic.posts[number]


def _standardised(values: Floats) -> Floats:
    """Values less their mean, in standard deviations; NaN, of a topic of one post, becomes 0."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros_like(values)
    deviations: Floats = np.nan_to_num((values - known.mean()) / max(float(known.std()), 1e-6))
    return deviations
