"""Gain of the answers in hybrid retrieval, where topics have few posts.

`python -m benchmarks.answers --data ../shared/data` draws FAQs of 40 topics, and of three quarters of all topics, with
1, 2, 3 and 6 posts and one answer a topic, three of each, from the corpora of `benchmarks.corpora` that have answers.
It prints hit@1 by `answers_weight`, and the gain at the default weight with a paired bootstrap interval. The weight was
chosen on development questions (`--role dev`).

`--time` measures what the answers cost instead: FAQs of real Chinese sentences, one post and one answer a topic, are
opened with the answers and without, each in an empty cache and again; then the same questions are decided by both in
turn. It prints the median over the rounds, and of the ratios of the rounds (least to greatest).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.corpora import Simulated, read_corpora, simulate
from benchmarks.machine import machine
from benchmarks.sentences import read_sentences
from benchmarks.simulation import Flags
from faq_component.assistant.assistant import Assistant
from faq_component.assistant.build_retrievers import build_retriever
from faq_component.evaluation.metrics import bootstrap
from faq_component.evaluation.queries import Query
from faq_component.evaluation.results import ranks, search_all
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval import HybridRetriever
from faq_component.retrieval.question import Question
from faq_component.settings import Settings, load_settings

WEIGHTS = (0.0, 0.7, 1.0, 1.5)
POSTS = (1, 2, 3, 6)
_TOPICS = (40, None)
_SEEDS = 3
_TIMED = (20, 200, 2_000, 10_000)  # topics of the FAQs whose time is measured
_ASKED = 200


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the measuring data")
    parser.add_argument("--english", type=Path, default=Path(".faq/corpora"), help="folder of the English corpora")
    parser.add_argument("--role", choices=("dev", "test"), default="test", help="questions to ask")
    parser.add_argument("--time", action="store_true", help="measure time in place of the gain")
    parser.add_argument("--rounds", type=int, default=7, help="of the time")
    arguments = parser.parse_args()
    print(machine(), end="\n\n")
    if arguments.time:
        print_times(read_sentences(arguments.data), arguments.rounds)
    else:
        print_gain(arguments.data, arguments.english, arguments.role)


def print_gain(data: Path, english: Path, role: str) -> None:
    """Print hit@1 by weight."""
    settings = load_settings()
    default = WEIGHTS.index(settings.answers_weight)
    print("| corpus | posts | questions | " + " | ".join(map(str, WEIGHTS)) + " | gain |")
    print("| --- " * (4 + len(WEIGHTS)) + "|")
    for corpus in read_corpora(data, english, role).values():
        if not corpus.answers:
            continue
        for posts in POSTS:
            drawn = [simulate(corpus, topics, posts, seed) for topics in _TOPICS for seed in range(_SEEDS)]
            first = np.concatenate([_ranked_first(settings, one) for one in drawn], axis=1)
            gain = bootstrap(first[default].astype(float) - first[0])
            cells = [f"{hits.mean():.4f}" for hits in first]
            cells.append(f"{gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]")
            print(f"| {corpus.name} | {posts} | {len(first[0])} | " + " | ".join(cells) + " |", flush=True)


def _ranked_first(settings: Settings, drawn: Simulated) -> Flags:
    """Whether the topic of each question ranks first, by each weight. *Shape:* ``(weights, questions)``."""
    queries = [Query(text, topic_id) for text, topic_id in drawn.known]
    built = build_retriever(settings, drawn.faq)
    assert isinstance(built, HybridRetriever), "the benchmark is of the hybrid"  # noqa: S101
    asked = [(drawn.faq, queries)]
    return np.array([ranks(search_all(partial(_weighted, built, weight), asked)) == 1 for weight in WEIGHTS])


def _weighted(built: HybridRetriever, weight: float, _faq: Faq) -> HybridRetriever:
    weights = replace(built.weights, answers=weight)
    return HybridRetriever(built.dense, built.keyword, weights, built.classifier, built.answers)


def print_times(sentences: Sequence[str], rounds: int) -> None:
    """Print seconds of the first load and of later ones, and milliseconds of a decision, without and with answers."""
    print("| topics | of | without | with | ratio |")
    print("| --- " * 5 + "|")
    settings, questions = load_settings(), sentences[:_ASKED]
    for number, topics in enumerate((_TIMED[0], *_TIMED)):  # the first one pays for what a process does once
        posts, answers = sentences[_ASKED : _ASKED + topics], sentences[_ASKED + topics : _ASKED + 2 * topics]
        faq = Faq.of(Topic(post, post, (post,), (answer,)) for post, answer in zip(posts, answers, strict=True))
        with tempfile.TemporaryDirectory() as folder:
            both = [
                settings.override(answers_weight=weight, cache_dir=f"{folder}/{weight}", threads=1, log="none")
                for weight in (0.0, settings.answers_weight)
            ]
            loads = [[_opening(settings, faq) for settings in both] for _ in range(1 + rounds)]
            assistants = [Assistant.over(faq, settings) for settings in both]
            decisions = [[_deciding(one, questions) for one in assistants] for _ in range(1 + rounds)]
        rows = [("first load", loads[:1], 1.0), ("later load", loads[1:], 1.0)]
        rows.append(("decision, ms", decisions[1:], 1_000.0 / _ASKED))
        for name, seconds, unit in rows if number else ():
            ratios = [with_answers / without for without, with_answers in seconds]
            cells = [f"{unit * statistics.median(each):.3f}" for each in zip(*seconds, strict=True)]
            span = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            print(f"| {topics} | {name} | {cells[0]} | {cells[1]} | {span} |", flush=True)


def _opening(settings: Settings, faq: Faq) -> float:
    begun = time.perf_counter()
    Assistant.over(faq, settings)
    return time.perf_counter() - begun


def _deciding(assistant: Assistant, questions: Sequence[str]) -> float:
    begun = time.perf_counter()
    for text in questions:
        assistant.decide(Question(text))
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
