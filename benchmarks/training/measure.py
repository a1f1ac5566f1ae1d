"""Measure an encoder or a cross-encoder on the held-out sets."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from faq_component.encoders import Encoder, Vectors
from faq_component.evaluation.metrics import bootstrap
from faq_component.evaluation.pairs import (
    Floats,
    Labels,
    Pair,
    find_thresholds,
    read_pairs,
    report_pairs,
    score_pairs,
)
from faq_component.evaluation.queries import Query, halves, hold_out, load_queries
from faq_component.knowledge.checking import Faq, load_faq
from faq_component.knowledge.topics import Topic
from faq_component.rerank import CrossEncoder
from faq_component.text import comparison_key, normalize

Score = Callable[[Sequence[Pair]], Floats]
SPEED_QUERIES = 300


@dataclass
class Measured:
    """Figures by name, and for each set which of its items were correct, for paired comparisons."""

    figures: dict[str, Any] = field(default_factory=dict)
    right: dict[str, Labels] = field(default_factory=dict)

    def add(self, name: str, right: Labels) -> None:
        """Keep which items were correct, and their share with its interval."""
        self.right[name] = right
        self.figures[name] = vars(bootstrap(right))


def measure_pairs(score: Score, data: Path, held_out: Path) -> Measured:
    """Measure accuracy and F1 on pairs.

    LCQMC's thresholds are chosen on its dev set. The other two have a single set each: a seeded half of it chooses the
    thresholds, and the figures are of the other half.
    """
    measured = Measured()
    dev, test = (read_pairs(data / f"pairs/lcqmc_{name}.tsv.gz") for name in ("dev", "test"))
    _add_pairs(measured, "lcqmc", score, dev, test)
    for name, file in (("bq", data / "pairs/bq_dev.tsv.gz"), ("held_out", held_out)):
        _add_pairs(measured, name, score, *halves(read_pairs(file)))
    return measured


def _add_pairs(measured: Measured, name: str, score: Score, dev: Sequence[Pair], test: Sequence[Pair]) -> None:
    scores = {part: score(pairs) for part, pairs in (("dev", dev), ("test", test))}
    same = {part: np.array([pair.same for pair in pairs]) for part, pairs in (("dev", dev), ("test", test))}
    thresholds = find_thresholds(scores["dev"], same["dev"])
    measured.add(f"{name}_dev_accuracy", (scores["dev"] >= thresholds.accuracy) == same["dev"])
    measured.add(f"{name}_accuracy", (scores["test"] >= thresholds.accuracy) == same["test"])
    reports = {part: report_pairs(scores[part], same[part], thresholds) for part in scores}
    measured.figures[f"{name}_dev_f1"] = vars(reports["dev"].f1)
    measured.figures[f"{name}_f1"] = vars(reports["test"].f1)
    measured.figures[f"{name}_spearman"] = reports["test"].spearman


def measure_topics(encoder: Encoder, data: Path) -> Measured:
    """Measure hit@1 by exact search: chit-chat's held-out tenth, a business FAQ, MASSIVE zh-CN's test set."""
    measured = Measured()
    massive = load_faq(data / "topics/massive_zh_train.json", responses_required=False)
    sets = {
        "chitchat": hold_out(load_faq(data / "topics/chitchat_zh.json", responses_required=False)),
        "business": business_faq(data),
        "massive": (massive, load_queries(data / "topics/massive_zh_test.json", massive)),
    }
    for name, (corpus, queries) in sets.items():
        measured.add(f"{name}_hit@1", hits(encoder, corpus, queries))
    return measured


def hits(encoder: Encoder, corpus: Faq, queries: Sequence[Query]) -> Labels:
    """Return whether the post nearest to each question is of its topic. *Shape:* ``(queries,)``."""
    posts = [(normalize(post), topic.id) for topic in corpus.topics for post in topic.posts]
    matrix = encoder.encode([post for post, _ in posts])
    asked = encoder.encode([normalize(query.text) for query in queries])
    nearest = np.concatenate([_nearest(matrix, asked[start : start + 512]) for start in range(0, len(asked), 512)])
    return np.array([posts[row][1] == query.topic_id for row, query in zip(nearest, queries, strict=True)])


def _nearest(matrix: Vectors, asked: Vectors) -> Any:
    return (asked @ matrix.T).argmax(axis=1)


def business_faq(data: Path) -> tuple[Faq, list[Query]]:
    """Return a business FAQ, of the epidemic pairs' anchor questions and the demo FAQ's shop topics, and its questions.

    Each anchor is a topic of one post. Its positive phrasings are the questions, except those that belong to two
    anchors or are anchors themselves. The shop's questions are those of ``data/held_out.json`` of its topics.
    """
    pairs = [pair for pair in read_pairs(data / "pairs/epidemic_train.tsv.gz") if pair.same]
    anchors = {comparison_key(pair.first): pair.first for pair in pairs}
    owners: dict[str, dict[str, str]] = {}
    for pair in pairs:
        owners.setdefault(comparison_key(pair.second), {})[comparison_key(pair.first)] = pair.second
    ids = {key: f"epidemic_{number}" for number, key in enumerate(anchors)}
    asked = [
        Query(text, ids[anchor])
        for key, found in owners.items()
        if len(found) == 1 and key not in anchors
        for anchor, text in found.items()
    ]
    shop = load_faq("data/faq/shop.json")
    whole = load_faq("data/faq")
    questions = [query for query in load_queries("data/held_out.json", whole) if query.topic_id in shop.by_id]
    topics = [Topic(ids[key], text, (text,), ()) for key, text in anchors.items()]
    return Faq.of([*topics, *shop.topics]), [*asked, *questions]


def cross_scores(encoder: CrossEncoder) -> Score:
    """Score pairs with a cross-encoder: logits, monotonic in the probability that both mean the same."""

    def score(pairs: Sequence[Pair]) -> Floats:
        logits = encoder.logits([(pair.first, pair.second) for pair in pairs])
        return logits[:, -1].astype(np.float64)

    return score


def encoder_scores(encoder: Encoder) -> Score:
    """Score pairs by the cosines of an encoder."""
    return lambda pairs: score_pairs(encoder, pairs)


def speed_questions(data: Path) -> list[str]:
    """Draw 300 questions of LCQMC's test set for timing."""
    texts = sorted({pair.first for pair in read_pairs(data / "pairs/lcqmc_test.tsv.gz")})
    return random.Random(0).sample(texts, SPEED_QUERIES)


def milliseconds(call: Callable[[str], Any], questions: Sequence[str]) -> float:
    """Measure the median milliseconds of one question alone, after a warm-up."""
    for text in questions[:20]:
        call(text)
    times = []
    for text in questions:
        start = time.perf_counter()
        call(text)
        times.append(1000 * (time.perf_counter() - start))
    return median(times)
