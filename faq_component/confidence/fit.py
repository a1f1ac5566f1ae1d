"""Fitting the confidence on the user's own FAQ; no questions of users are needed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from faq_component.confidence.calibration import KNOWN_SHARE, Calibration, Sample
from faq_component.confidence.features import DEPTH, features
from faq_component.recall.types import Retriever
from faq_component.text import normalize
from faq_component.topics import Faq, Topic
from faq_component.types import Hit

FEWEST_TOPICS = 8
_MOST = 300  # questions of each kind
_REMOVED = 0.25  # of the topics
_LEFT_OUT = 0.15  # of the posts of the others
_LIKE_THE_FAQ = 0.9  # quantile of removed topics' scores above which a foreign sentence is taken for one of the FAQ's
_BEFORE = ("请问", "我想问下", "那个", "你好", "想知道", "", "")
_AFTER = ("呢", "啊", "吗", "呀", "谢谢", "怎么办", "", "")
_DROPPED = (0.0, 0.15, 0.3)  # share of a post's words
_WORTH = 4  # power of the share found by which a kind of known questions counts
_TURNED = 0.3  # share of the posts whose halves change places

_Asked = tuple[str, str | None]


def fit_calibration(
    faq: Faq,
    build: Callable[[Faq], Retriever],
    split: Callable[[str], list[str]],
    offer: Callable[[Sequence[Hit]], Sequence[Hit]],
    seed: int = 0,
) -> Calibration | None:
    """Fit the confidence of one kind of retriever on an FAQ; None where it has fewer than eight topics.

    A quarter of the topics and 15% of the other posts are taken out, and the rest is searched for up to 300 each of:

    - posts taken out, whose topic is there (right where it is found);
    - posts that are there with words dropped, turned round or put around them, as users phrase what an author wrote;
    - posts of the topics taken out, and sentences of foreign domains, none of which has a topic there. Foreign
      sentences that are nearer to the FAQ than most posts of removed topics are left out: the FAQ may well be about
      them.

    Authors write posts that are unlike each other. The less often posts taken out find their topic, the less they say
    about users, and the less they count beside the second kind.

    Args:
        faq: the knowledge base.
        build: makes the retriever over a part of it.
        split: makes words of a text.
        offer: the hits that a question back would offer.
        seed: of everything that is drawn.
    """
    if len(faq.topics) < FEWEST_TOPICS:
        return None
    draw = random.Random(seed)  # noqa: S311 (a sample, not a secret)
    kept, left_out, removed = _take_out(faq, draw)
    there = [(post, topic.id) for topic in kept.topics for post in topic.posts]
    retriever = build(kept)
    kinds: list[list[_Asked]] = [
        _sample(left_out, draw),
        [(_rephrase(post, split, draw), topic_id) for post, topic_id in _sample(there, draw)],
        _sample(removed, draw),
        _sample([(text, None) for text in foreign_sentences()], draw),
    ]
    found = [[(asked, retriever.search(asked[0], DEPTH)) for asked in kind] for kind in kinds]
    limit = np.quantile([_best(hits) for _, hits in found[2]], _LIKE_THE_FAQ)
    found[3] = [(asked, hits) for asked, hits in found[3] if _best(hits) <= limit]

    rows, rights, offers, weights = [], [], [], []
    for kind, share in zip(found, _shares(found), strict=True):
        for (text, topic_id), hits in kind:
            rows.append(features(text, hits))
            rights.append(bool(hits) and hits[0].topic_id == topic_id)
            offers.append(any(hit.topic_id == topic_id for hit in offer(hits)))
            weights.append(share / len(kind))
    return _regress(rows, rights, offers, weights)


def foreign_sentences() -> list[str]:
    """Messages of many domains that an FAQ is hardly about, written for this purpose."""
    file = Path(__file__).with_name("foreign.txt")
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line]


def _take_out(faq: Faq, draw: random.Random) -> tuple[Faq, list[_Asked], list[_Asked]]:
    """The FAQ that is searched, the posts taken out of its topics, and the posts of the topics taken out."""
    gone = set(draw.sample(range(len(faq.topics)), round(_REMOVED * len(faq.topics))))
    kept: list[Topic] = []
    left_out: list[_Asked] = []
    removed: list[_Asked] = []
    for number, topic in enumerate(faq.topics):
        if number in gone:
            removed += [(post, None) for post in topic.posts]
            continue
        count = min(round(_LEFT_OUT * len(topic.posts) + draw.random() - 0.5), len(topic.posts) - 1)
        out = set(draw.sample(range(len(topic.posts)), max(count, 0)))
        left_out += [(post, topic.id) for place, post in enumerate(topic.posts) if place in out]
        kept.append(replace(topic, posts=tuple(post for place, post in enumerate(topic.posts) if place not in out)))
    return Faq.of(kept), left_out, removed


def _sample(items: Sequence[_Asked], draw: random.Random) -> list[_Asked]:
    return draw.sample(list(items), min(_MOST, len(items)))


def _rephrase(post: str, split: Callable[[str], list[str]], draw: random.Random) -> str:
    words = split(normalize(post)) or [post]
    dropped = draw.choice(_DROPPED)
    kept = [word for word in words if draw.random() >= dropped] or [draw.choice(words)]
    if len(kept) > 2 and draw.random() < _TURNED:
        middle = draw.randrange(1, len(kept))
        kept = kept[middle:] + kept[:middle]
    return draw.choice(_BEFORE) + "".join(kept) + draw.choice(_AFTER)


def _best(hits: Sequence[Hit]) -> float:
    return hits[0].score if hits else 0.0


def _shares(found: Sequence[Sequence[tuple[_Asked, Sequence[Hit]]]]) -> list[float]:
    """How much each kind of question counts, adding up to 1; unknown ones are half of removed topics, half foreign."""
    accuracies = [
        sum(bool(hits) and hits[0].topic_id == topic_id for (_, topic_id), hits in kind) / max(len(kind), 1)
        for kind in found[:2]
    ]
    worths = [accuracy**_WORTH for accuracy in accuracies]
    known = [KNOWN_SHARE * worth / (sum(worths) or 1.0) for worth in worths]
    unknown = [(1 - KNOWN_SHARE) / 2] * 2
    return [share if kind else 0.0 for share, kind in zip(known + unknown, found, strict=True)]


def _regress(
    rows: Sequence[Sequence[float]], rights: Sequence[bool], offers: Sequence[bool], weights: Sequence[float]
) -> Calibration | None:
    """A logistic regression on scaled features, brought back to the features as they are."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    if len(set(rights)) < 2:
        return None
    scaler = StandardScaler().fit(rows)
    sizes = np.array(weights) * len(weights)
    model = LogisticRegression(C=1.0).fit(scaler.transform(rows), rights, sample_weight=sizes)
    coefficients = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - coefficients @ scaler.mean_)
    fitted = Calibration(tuple(coefficients.tolist()), intercept, ())
    samples = [
        Sample(round(fitted.probability(tuple(row)), 5), right, offered, weight)
        for row, right, offered, weight in zip(rows, rights, offers, weights, strict=True)
    ]
    return replace(fitted, samples=tuple(sorted(samples, key=lambda sample: -sample.probability)))
