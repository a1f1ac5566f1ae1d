"""Gain of the topic classifier in hybrid retrieval: hit@1 by its penalty and its share in a topic's score.

`python -m benchmarks.classifier --data ../shared/data` asks development questions only: of the demo FAQ, chit-chat,
MASSIVE zh-CN and a business FAQ of 1,574 topics, nearly all of a single post. `classifier_weight` and the penalty were
chosen by these figures.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.rejection import load_sets
from benchmarks.training.measure import business_faq
from faq_component.assistant.build_retrievers import build_retriever
from faq_component.evaluation.queries import Query, halves
from faq_component.evaluation.results import ranks, search_all
from faq_component.knowledge.checking import Faq
from faq_component.retrieval import HybridRetriever, Retriever, classifier
from faq_component.retrieval.classifier import TopicClassifier
from faq_component.settings import load_settings

SHARES = (0.2, 0.3, 0.4, 0.5)
INVERSE_PENALTIES = (20.0, 50.0, 100.0)
_MOST = 1_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the measuring data")
    parser.add_argument("--config", default="config.yml")
    arguments = parser.parse_args()
    without = load_settings(arguments.config).override(classifier_weight=0.0)
    print(machine("scipy", "scikit-learn"), end="\n\n")
    print("| FAQ | without | inverse penalty | s | " + " | ".join(f"share {share}" for share in SHARES) + " |")
    print("| --- " * (4 + len(SHARES)) + "|")
    for name, (faq, queries) in development_sets(arguments.data).items():
        plain = build_retriever(without, faq)
        assert isinstance(plain, HybridRetriever), "the benchmark is of the hybrid"  # noqa: S101
        before = hit_at_1(plain, faq, queries)
        for inverse_penalty in INVERSE_PENALTIES:
            classifier._INVERSE_PENALTY = inverse_penalty
            begun = time.perf_counter()
            fitted = TopicClassifier.fit(plain.dense.vectors, plain.dense.table.topics, len(faq.topics))
            seconds = time.perf_counter() - begun
            cells = [f"{hit_at_1(with_share(plain, fitted, share), faq, queries):.4f}" for share in SHARES]
            first = f"{before:.4f} | {inverse_penalty:g} | {seconds:.1f}"
            print(f"| {name} | {first} | " + " | ".join(cells) + " |", flush=True)


def development_sets(data: Path) -> dict[str, tuple[Faq, list[Query]]]:
    """Return the FAQs and their questions by name."""
    sets = {name: (faq, queries) for name, (faq, queries, _) in load_sets(data, "dev").items()}
    business, queries = business_faq(data)
    return {**sets, "business": (business, halves(queries)[0][:_MOST])}


def with_share(plain: HybridRetriever, fitted: TopicClassifier, share: float) -> HybridRetriever:
    """Copy a retriever and give the copy the classifier."""
    return HybridRetriever(plain.dense, plain.keyword, replace(plain.weights, classifier=share), fitted)


def hit_at_1(retriever: Retriever, faq: Faq, queries: Sequence[Query]) -> float:
    """Compute the share of questions whose topic ranks first."""
    return float((ranks(search_all(lambda _: retriever, [(faq, queries)])) == 1).mean())


if __name__ == "__main__":
    main()
