"""All rules over one knowledge base."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from faq_component.dialogue.words import NO_WORDS, Side
from faq_component.encoders import Encoder
from faq_component.lint.contradictions import contradictions
from faq_component.lint.findings import Finding
from faq_component.lint.forbidden import forbidden
from faq_component.lint.links import links
from faq_component.lint.mixed import mixed_topics
from faq_component.lint.neighbours import misplaced_posts, near_posts, same_topics
from faq_component.lint.places import Entry, read_entries
from faq_component.lint.posts import measure
from faq_component.lint.readable import long_answers, markup
from faq_component.lint.shape import format_faults, same_posts, share_a_scope, single_posts
from faq_component.lint.texts import braces, placeholders
from faq_component.lint.words import RULES
from faq_component.text import comparison_key


def lint(
    place: str,
    encoder: Callable[[], Encoder],
    rewrite: Callable[[str], str] = str,
    rules: Collection[str] = tuple(RULES),
    bot: Side = NO_WORDS.bot,
    *,
    scoped: bool = False,
) -> list[Finding]:
    """What the rules find in a knowledge base, in the order of the files, and of the rules within a place.

    Args:
        place: a file, a folder, or another place that `open_store` knows.
        encoder: makes the encoder of posts; called only where a rule needs it.
        rewrite: evens out posts before they are compared character by character.
        rules: the names of the rules to apply.
        bot: the words that the bot must not say.
        scoped: whether scopes limit what a message finds: topics with tags, of which none is common, may then have the
            same posts.
    """
    entries, faults = read_entries(place)
    found = [*format_faults(faults), *of_texts(entries, rewrite, bot, scoped=scoped)]
    if len(entries) > 1 and any(RULES[rule].vectors for rule in rules):
        found += _of_vectors(entries, encoder(), scoped=scoped)
    found = [each for each in dict.fromkeys(found) if each.rule in rules]
    order = {name: place for place, name in enumerate(RULES)}
    return sorted(found, key=lambda each: (each.file or "", each.line or 0, order[each.rule]))


def of_texts(
    entries: Sequence[Entry],
    rewrite: Callable[[str], str] = str,
    bot: Side = NO_WORDS.bot,
    *,
    scoped: bool = False,
) -> list[Finding]:
    """What the rules find that read texts only, of topics that may be a part of a knowledge base."""
    return [
        *placeholders(entries),
        *contradictions(entries),
        *braces(entries),
        *markup(entries),
        *links(entries),
        *forbidden(entries, bot),
        *same_posts(entries, rewrite, scoped=scoped),
        *long_answers(entries),
        *single_posts(entries),
    ]


def _of_vectors(entries: Sequence[Entry], encoder: Encoder, *, scoped: bool) -> list[Finding]:
    """The rules that need vectors; what one says of a post or a pair of topics, a lesser one does not repeat."""
    geometry = measure(entries, encoder)

    def may_meet(first: int, second: int) -> bool:
        return not scoped or share_a_scope(entries[first], entries[second])

    topics = [found for found in same_topics(entries, geometry) if may_meet(*found[:2])]
    merged = {frozenset((first, second)) for first, second, _ in topics}
    posts = [
        (first, second, found)
        for first, second, found in near_posts(entries, geometry)
        if frozenset((geometry.places[first][0], geometry.places[second][0])) not in merged
        and may_meet(geometry.places[first][0], geometry.places[second][0])
    ]
    told = {place for first, second, _ in posts for place in (first, second)} | _copies(entries)
    misplaced = [
        found
        for place, found in misplaced_posts(entries, geometry)
        if place not in told
        and frozenset((geometry.places[place][0], int(geometry.posts.nearest[place]))) not in merged
        and may_meet(geometry.places[place][0], int(geometry.posts.nearest[place]))
    ]
    mixed = mixed_topics(entries, geometry)
    return [*(found for _, _, found in topics), *(found for _, _, found in posts), *misplaced, *mixed]


def _copies(entries: Sequence[Entry]) -> set[int]:
    """The places of posts that are in two topics."""
    posts = [(comparison_key(post), number) for number, entry in enumerate(entries) for post in entry.topic.posts]
    topics: dict[str, set[int]] = defaultdict(set)
    for key, topic in posts:
        topics[key].add(topic)
    return {place for place, (key, _) in enumerate(posts) if len(topics[key]) > 1}
