"""Fitting the confidence on the user's own FAQ; no questions of users are needed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from faq_component.decision.confidence.calibration import KNOWN_SHARE, Calibration, Sample
from faq_component.decision.confidence.features import DEPTH, Features, features
from faq_component.decision.confidence.offer import worth_offering
from faq_component.decision.confidence.out_of_scope import Surroundings, foreign_messages, foreign_sentences
from faq_component.decision.confidence.questions import Asked, rephrase, take_out
from faq_component.decision.segments import segments_of
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import Retriever
from faq_component.support.artifacts import ArtifactStore

FEWEST_TOPICS = 8
_MOST = 300  # questions of each kind
_LIKE_THE_FAQ = 0.9  # quantile of removed topics' scores above which a foreign sentence is taken for one of the FAQ's
_WORTH = 4  # power of the share found by which a kind of known questions counts
_REPHRASED = 0.25  # what rephrased posts count beside that: they are nearer to their posts than users' questions
# Of the unknown questions: removed topics, foreign sentences (easier than those that users will have), and parts of
# long foreign messages, without which length alone would say that a question is known.
_UNKNOWN = (2 / 3, 2 / 9, 1 / 9)
_VERSION = 4  # to be raised where another calibration would be fitted to the same FAQ


class _Found(NamedTuple):
    """What came out for a question: see `Sample`."""

    features: Features
    right: bool
    offered: bool


def load_or_fit(
    folder: Path, made_from: Mapping[str, object], fit: Callable[[], Calibration | None]
) -> Calibration | None:
    """The calibration of this origin in a folder, or what `fit` gives, which is kept there; so is that there is none.

    `made_from` are all that the calibration depends on, as JSON values.
    """
    return ArtifactStore(folder, "confidence", version=_VERSION).load_or_make(made_from, fit, _to_bytes, _from_bytes)


def fit_calibration(
    faq: Faq,
    build: Callable[[Faq], Retriever],
    split: Callable[[str], list[str]],
    surround: Callable[[Faq], Surroundings | None] = lambda _: None,
    seed: int = 0,
) -> Calibration | None:
    """Fit the confidence of one kind of retriever on an FAQ; None where it has fewer than eight topics.

    A quarter of the topics and 15% of the other posts are taken out, and the rest is searched for up to 300 each of:

    - posts taken out, whose topic is there (right where it is found);
    - posts that are there with words dropped, turned round or put around them, as users phrase what an author wrote;
    - posts of the topics taken out, sentences of other domains, and segments of long messages of such domains
      (`segments_of`), none of which has a topic there. Those of other domains that are nearer to the FAQ than most
      posts of removed topics are left out: the FAQ may well be about them.

    Authors write posts that are unlike each other. The less often posts taken out find their topic, the less they say
    about users, and the less they count beside the second kind, which counts a quarter where both do as well. Of the
    unknown ones two thirds of the weight are on removed topics, two ninths on foreign sentences.

    Args:
        faq: the knowledge base.
        build: makes the retriever over a part of it.
        split: makes words of a text.
        surround: makes the measures beside the scores over a part of it; None where there is no encoder.
        seed: of everything that is drawn.
    """
    if len(faq.topics) < FEWEST_TOPICS:
        return None
    draw = random.Random(seed)  # noqa: S311 (a sample, not a secret)
    kept, left_out, removed = take_out(faq, draw)
    there = [(post, topic.id) for topic in kept.topics for post in topic.posts]
    retriever, surroundings = build(kept), surround(kept)
    kinds: list[list[Asked]] = [
        _sample(left_out, draw),
        [(rephrase(post, split, draw), topic_id) for post, topic_id in _sample(there, draw)],
        _sample(removed, draw),
        _sample([(text, None) for text in foreign_sentences()], draw),
        _sample([(text, None) for text in _foreign_segments()], draw),
    ]
    found = [[_found(asked, retriever, surroundings) for asked in kind] for kind in kinds]
    limit = np.quantile([question.features[0] for question in found[2]], _LIKE_THE_FAQ)
    found[3:] = [[question for question in kind if question.features[0] <= limit] for kind in found[3:]]
    weights = [share / len(kind) for kind, share in zip(found, _shares(found), strict=True) for _ in kind]
    return _regress([question for kind in found for question in kind], weights)


def _foreign_segments() -> list[str]:
    """Segments of the long messages that `Surroundings` does not measure with."""
    return [
        segment.text
        for message in foreign_messages()[1::2]
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
    """How much each kind of question counts, adding up to 1."""
    accuracies = [sum(question.right for question in kind) / max(len(kind), 1) for kind in found[:2]]
    worths = [accuracies[0] ** _WORTH, _REPHRASED * accuracies[1] ** _WORTH]
    known = [KNOWN_SHARE * worth / (sum(worths) or 1.0) for worth in worths]
    unknown = [(1 - KNOWN_SHARE) * share for share in _UNKNOWN]
    return [share if kind else 0.0 for share, kind in zip(known + unknown, found, strict=True)]


def _regress(found: Sequence[_Found], weights: Sequence[float]) -> Calibration | None:
    """A logistic regression on scaled features, brought back to the features as they are."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rights = [question.right for question in found]
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
        Sample(round(fitted.probability(question.features), 5), question.right, question.offered, weight)
        for question, weight in zip(found, weights, strict=True)
    ]
    return replace(fitted, samples=tuple(sorted(samples, key=lambda sample: -sample.probability)))


def _to_bytes(calibration: Calibration | None) -> bytes:
    return b"" if calibration is None else calibration.to_json().encode()


def _from_bytes(content: memoryview) -> Calibration | None:
    return Calibration.from_json(str(content, "utf-8")) if content else None
