"""Fit the confidence on the project's own FAQ, without questions from users."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from faq_component.decision.confidence.calibration import KNOWN_SHARE, Calibration, Sample
from faq_component.decision.confidence.features import DEPTH, Features, features
from faq_component.decision.confidence.offer import worth_offering
from faq_component.decision.confidence.out_of_domain import out_of_domain_messages, out_of_domain_sentences
from faq_component.decision.confidence.out_of_scope import Surroundings
from faq_component.decision.confidence.questions import Asked, manner_of, rephrase, take_out
from faq_component.decision.segments import segments_of
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.hybrid import FEWEST_TOPICS
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import Retriever
from faq_component.support.artifacts import ArtifactStore

_FEWEST_POSTS, _POSTS_A_TOPIC = 500, 13  # from which a fit is better than the prior, see docs/results/any-faq.md
_MOST = 300  # questions of each kind
# Out-of-domain sentences that score above this quantile of removed topics are left out: the FAQ may cover them.
_LIKE_THE_FAQ = 0.9
_WORTH = 4  # exponent of the hit rate that weights a kind of known questions
_REPHRASED = 0.25  # further weight of rephrased posts, which are nearer to their posts than users' questions are
# Shares of the unknown questions: removed topics, out-of-domain sentences (easier than users' out-of-scope questions),
# and segments of long out-of-domain messages, without which length alone would mark a question as known.
_UNKNOWN = (2 / 3, 2 / 9, 1 / 9)
_VERSION = 9  # to be raised where another calibration would be fitted to the same FAQ


class _Found(NamedTuple):
    """Features and outcome of one search; `correct` and `offered` as in `Sample`."""

    features: Features
    correct: bool
    offered: bool


def load_or_fit(folder: Path, made_from: object, fit: Callable[[], Calibration | None]) -> Calibration | None:
    """Read the calibration of this origin from a folder, or fit it and keep it there; "none" is kept too.

    `made_from` is everything that the calibration depends on, as JSON values.
    """
    return ArtifactStore(folder, "confidence", version=_VERSION).load_or_make(made_from, fit, _to_bytes, _from_bytes)


def worth_fitting(faq: Faq) -> bool:
    """Whether an FAQ has so many posts that a fit on them is better than the prior over FAQs."""
    posts = sum(len(topic.posts) for topic in faq.topics)
    return posts >= max(_FEWEST_POSTS, _POSTS_A_TOPIC * len(faq.topics))


def fit_calibration(
    faq: Faq,
    build: Callable[[Faq], Retriever],
    split: Callable[[str], list[str]],
    surround: Callable[[Faq], Surroundings | None] = lambda _: None,
    seed: int = 0,
) -> Calibration | None:
    """Fit the confidence of one kind of retriever on an FAQ; None where it has fewer than eight topics.

    A quarter of the topics is removed and 15% of the other posts are held out. The rest is searched for up to 300 of
    each kind:

    - held-out posts, whose topic is present (correct where it is found);
    - posts that are present, rephrased as users might (`rephrase`);
    - posts of removed topics, out-of-domain sentences in the languages of the FAQ, and segments of long out-of-domain
      messages (`segments_of`), none of which has a topic in the rest. Out-of-domain texts that score higher than 90% of
      the removed topics' posts are left out: the FAQ may cover them.

    Authors write posts that differ from each other. The less often held-out posts find their topic, the less they
    represent users' questions, and the lower is their weight; with equal hit rates rephrased posts have a quarter of
    it. Of the weight of unknown questions two thirds are on removed topics, two ninths on out-of-domain sentences.

    Args:
        faq: the knowledge base.
        build: makes the retriever over a part of it.
        split: splits a text into words.
        surround: makes the `Surroundings` of a part of it; gives None where there is no encoder.
        seed: of every random draw.
    """
    if len(faq.topics) < FEWEST_TOPICS:
        return None
    draw = random.Random(seed)  # noqa: S311 (a sample, not a secret)
    kept, left_out, removed = take_out(faq, draw)
    there = [(post, topic.id) for topic in kept.topics for post in topic.posts]
    retriever, surroundings, manner = build(kept), surround(kept), manner_of(faq)
    kinds: list[list[Asked]] = [
        _sample(left_out, draw),
        [(rephrase(post, split, draw, manner), topic_id) for post, topic_id in _sample(there, draw)],
        _sample(removed, draw),
        _sample([(text, None) for text in out_of_domain_sentences(faq)], draw),
        _sample([(text, None) for text in _out_of_domain_segments(faq)], draw),
    ]
    found = [[_found(asked, retriever, surroundings) for asked in kind] for kind in kinds]
    limit = np.quantile([question.features[0] for question in found[2]], _LIKE_THE_FAQ)
    found[3:] = [[question for question in kind if question.features[0] <= limit] for kind in found[3:]]
    weights = [share / len(kind) for kind, share in zip(found, _shares(found), strict=True) for _ in kind]
    return _regress([question for kind in found for question in kind], weights)


def _out_of_domain_segments(faq: Faq) -> list[str]:
    """Return the segments of those long out-of-domain messages that `Surroundings` does not compare with."""
    return [
        segment.text
        for message in out_of_domain_messages(faq)[1::2]
        for start in segments_of(Question(message), 0)
        for segment in start
    ]


def _sample(items: Sequence[Asked], draw: random.Random) -> list[Asked]:
    return draw.sample(list(items), min(_MOST, len(items)))


def _found(asked: Asked, retriever: Retriever, surroundings: Surroundings | None) -> _Found:
    text, topic_id = asked
    question = Question(text)
    hits = retriever.search(question, DEPTH)
    return _Found(
        features(question, hits, surroundings),
        bool(hits) and hits[0].topic_id == topic_id,
        any(hit.topic_id == topic_id for hit in worth_offering(hits)),
    )


def _shares(found: Sequence[Sequence[_Found]]) -> list[float]:
    """Weight of each kind of question; the weights add up to 1."""
    accuracies = [sum(question.correct for question in kind) / max(len(kind), 1) for kind in found[:2]]
    worths = [accuracies[0] ** _WORTH, _REPHRASED * accuracies[1] ** _WORTH]
    known = [KNOWN_SHARE * worth / (sum(worths) or 1.0) for worth in worths]
    unknown = [(1 - KNOWN_SHARE) * share for share in _UNKNOWN]
    return [share if kind else 0.0 for share, kind in zip(known + unknown, found, strict=True)]


def _regress(found: Sequence[_Found], weights: Sequence[float]) -> Calibration | None:
    """Fit a logistic regression on standardised features; return it in terms of the original ones."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rights = [question.correct for question in found]
    if len(set(rights)) < 2:
        return None
    rows = [question.features for question in found]
    scaler = StandardScaler().fit(rows)
    sizes = np.array(weights) * len(weights)
    model = LogisticRegression(C=1.0).fit(scaler.transform(rows), rights, sample_weight=sizes)
    coefficients = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - coefficients @ scaler.mean_)
    fitted = Calibration(tuple(coefficients.tolist()), intercept, ())
    samples = [
        Sample(round(fitted.probability(question.features), 5), question.correct, question.offered, weight)
        for question, weight in zip(found, weights, strict=True)
    ]
    return replace(fitted, samples=tuple(sorted(samples, key=lambda sample: -sample.probability)))


def _to_bytes(calibration: Calibration | None) -> bytes:
    return b"" if calibration is None else calibration.to_json().encode()


def _from_bytes(content: memoryview) -> Calibration | None:
    return Calibration.from_json(str(content, "utf-8")) if content else None
