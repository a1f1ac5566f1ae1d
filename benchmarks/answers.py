"""Gain of the answers in hybrid retrieval, where topics have few posts.

`python -m benchmarks.answers --data ../shared/data` draws FAQs of 40 topics, and of three quarters of all topics, with
1, 2, 3 and 6 posts and one answer a topic, three of each, from the corpora of `benchmarks.corpora` that have answers.
It prints hit@1 by `answers_weight`, and the gain at the default weight with a paired bootstrap interval. The weight was
chosen on development questions (`--role dev`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.corpora import Simulated, read_corpora, simulate
from benchmarks.machine import machine
from benchmarks.simulation import Flags
from faq_component.assistant.build_retrievers import build_retriever
from faq_component.evaluation.metrics import bootstrap
from faq_component.evaluation.queries import Query
from faq_component.evaluation.results import ranks, search_all
from faq_component.settings import Settings, load_settings

WEIGHTS = (0.0, 0.7, 1.0, 1.5)
POSTS = (1, 2, 3, 6)
_TOPICS = (40, None)
_SEEDS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the measuring data")
    parser.add_argument("--english", type=Path, default=Path(".faq/corpora"), help="folder of the English corpora")
    parser.add_argument("--role", choices=("dev", "test"), default="test", help="questions to ask")
    arguments = parser.parse_args()
    settings = load_settings()
    default = WEIGHTS.index(settings.answers_weight)
    print(machine(), end="\n\n")
    print("| corpus | posts | questions | " + " | ".join(map(str, WEIGHTS)) + " | gain |")
    print("| --- " * (4 + len(WEIGHTS)) + "|")
    for corpus in read_corpora(arguments.data, arguments.english, arguments.role).values():
        if not corpus.answers:
            continue
        for posts in POSTS:
            drawn = [simulate(corpus, topics, posts, seed) for topics in _TOPICS for seed in range(_SEEDS)]
            first = [np.concatenate([_ranked_first(settings, weight, one) for one in drawn]) for weight in WEIGHTS]
            gain = bootstrap(first[default].astype(float) - first[0])
            cells = [f"{hits.mean():.4f}" for hits in first]
            cells.append(f"{gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]")
            print(f"| {corpus.name} | {posts} | {len(first[0])} | " + " | ".join(cells) + " |", flush=True)


def _ranked_first(settings: Settings, weight: float, drawn: Simulated) -> Flags:
    """Whether the topic of each question ranks first. *Shape:* ``(questions,)``."""
    queries = [Query(text, topic_id) for text, topic_id in drawn.known]
    with_weight = settings.override(answers_weight=weight)
    found = search_all(lambda faq: build_retriever(with_weight, faq), [(drawn.faq, queries)])
    first: Flags = ranks(found) == 1
    return first


if __name__ == "__main__":
    main()
