"""Speed and correctness under scopes, side by side: answers per second with and without one, recall of filtered graphs.

`python -m benchmarks.scopes --posts 20000` makes an FAQ of real sentences, five a topic, whose topics bear tags: each
of ten shops has a tenth of them, and one region has half. In every round the same questions are asked without a scope
and in the scopes, one after the other; the table has the median round. Encoding is part of it; the decision is by
thresholds, so that nothing has to be fitted. Then a graph (`index: hnsw`) over the same vectors is searched under
filters that let a share of the posts through, at random: recall@10 against exact search, and milliseconds a search, of
the filtered graph and of exact search over what is let through.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine
from benchmarks.sentences import encode_to_file, read_sentences, repeat_texts
from faq_component.assistant.assistant import Assistant
from faq_component.knowledge.options import Options
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval import indexes
from faq_component.retrieval.question import Question
from faq_component.settings import Settings

_PER_TOPIC = 5
_SHOPS = 10
_DEPTH = 10
_SHARES = (0.5, 0.2, 0.1, 0.05, 0.02)
_VECTORS = Path(".faq/benchmark.npy")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the measuring data")
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--index", nargs="+", default=["flat", "hnsw"])
    arguments = parser.parse_args()
    print(machine("faiss-cpu"))
    sentences = read_sentences(arguments.data)
    posts = repeat_texts(sentences[: -arguments.questions], arguments.posts)
    questions = sentences[-arguments.questions :]
    for index in arguments.index:
        answers_per_second(posts, questions, index, arguments.rounds)
    graph(posts, questions)


def answers_per_second(posts: list[str], questions: list[str], index: str, rounds: int) -> None:
    """Print the answers per second of each scope, and the greatest number of hits out of scope, which must be 0."""
    faq = faq_of(posts)
    scopes: dict[str, Any] = {"none": None, "half": "region0", "a tenth": "shop0", "both": [["region0"], ["shop0"]]}
    seconds: dict[str, list[float]] = {name: [] for name in scopes}
    outside = 0
    by_thresholds: dict[str, Any] = {"answer_threshold": 0.5, "clarify_threshold": 0.4, "margin": 0.02}
    assistant = Assistant.over(faq, Settings(index=index, log="none", threads=1, contrast=False, **by_thresholds))
    for _round in range(rounds + 1):  # the first one warms up
        for name, scope in scopes.items():
            begun = time.perf_counter()
            results = [assistant.decide(Question(text), scope=scope) for text in questions]
            seconds[name].append(time.perf_counter() - begun)
            outside += sum(not _is_in(faq.by_id[hit.topic_id], scope) for found in results for hit in found.hits)
    print(f"\n{len(posts):,} posts, index {index}: answers per second, median of {rounds} rounds (least to greatest)")
    for name, taken in seconds.items():
        rates = sorted(len(questions) / each for each in taken[1:])
        print(f"  scope {name:8} {statistics.median(rates):7.1f} ({rates[0]:.1f} to {rates[-1]:.1f})")
    print(f"  hits out of scope: {outside}")


def faq_of(posts: list[str]) -> Faq:
    """Make an FAQ of five posts a topic, with tags of shops and regions."""
    groups = [tuple(posts[start : start + _PER_TOPIC]) for start in range(0, len(posts), _PER_TOPIC)]
    return Faq.of(
        Topic(f"t{n}", f"{n} {group[0][:50]}", group, ("好",), Options((f"shop{n % _SHOPS}", f"region{n // 7 % 2}")))
        for n, group in enumerate(groups)
    )


def _is_in(topic: Topic, scope: Any) -> bool:
    groups = [] if scope is None else [[scope]] if isinstance(scope, str) else scope
    return all(set(group) & set(topic.options.tags) for group in groups)


def graph(posts: list[str], questions: list[str]) -> None:
    """Print recall and time of a graph under filters, beside exact search over what they let through."""
    vectors = np.ascontiguousarray(encode_to_file([*questions, *posts], _VECTORS))
    asked, vectors = vectors[: len(questions)], vectors[len(questions) :]
    index = indexes.ApproximateIndex(vectors, "hnsw")
    print(f"\n{len(posts):,} posts, hnsw under filters: recall@{_DEPTH} and time; time of exact search over the rows")
    for share in (1.0, *_SHARES):
        among = np.random.default_rng(0).random(len(posts)) < share
        rows = np.flatnonzero(among)
        truth, exact = _searched(_exactly(vectors, rows), asked)
        found, taken = _searched(_always_by_graph(index, None if share == 1.0 else among), asked)
        recall = np.mean([len(set(one) & set(other)) / _DEPTH for one, other in zip(found, truth, strict=True)])
        print(f"  {share:5.0%} {recall:.4f}  {taken:.2f} ms  exact {exact:.2f} ms")


def _exactly(vectors: Any, rows: Any) -> Callable[[Any], Any]:
    return lambda query: indexes._search_rows(vectors, query, _DEPTH, rows)


def _always_by_graph(index: indexes.ApproximateIndex, among: Any) -> Callable[[Any], Any]:
    def search(query: Any) -> Any:
        least, indexes._LEAST_SHARE = indexes._LEAST_SHARE, 0.0
        try:
            return index.search(query, _DEPTH, among)
        finally:
            indexes._LEAST_SHARE = least

    return search


def _searched(search: Callable[[Any], Any], asked: Any) -> tuple[list[list[int]], float]:
    """Return the rows found for each query, and the median milliseconds of a search."""
    found, taken = [], []
    for query in asked:
        begun = time.perf_counter()
        found.append(search(query[None, :])[1][0].tolist())
        taken.append(1000 * (time.perf_counter() - begun))
    return found, statistics.median(taken)


if __name__ == "__main__":
    main()
