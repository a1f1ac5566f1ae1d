"""Gain of the topic classifier in hybrid retrieval: hit@1 by what it reads, and by its share in a topic's score.

`python -m benchmarks.classifier --data ../shared/data` asks development questions only, of each corpus of
`benchmarks.corpora` with 3, 10 and all posts a topic (600 topics at most), and of a business FAQ of 1,574 topics,
nearly all of a single post. `classifier_weight`, its rise where topics have few posts, the n-grams, and with
`--inverse-penalty` the penalty were chosen by these figures.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.corpora import Corpus, read_corpora
from benchmarks.machine import machine
from benchmarks.training.measure import business_faq
from faq_component.assistant.build_retrievers import build_retriever
from faq_component.encoders import Vectors
from faq_component.evaluation.queries import Query, halves
from faq_component.evaluation.results import ranks, search_all
from faq_component.knowledge.checking import Faq
from faq_component.knowledge.topics import Topic
from faq_component.retrieval import DenseRetriever, HybridRetriever, Retriever, classifier
from faq_component.retrieval.classifier import TopicClassifier
from faq_component.retrieval.hybrid import reads_subwords
from faq_component.retrieval.subwords import with_subwords
from faq_component.settings import load_settings

SHARES = (0.3, 0.4, 0.5, 0.6, 0.7)
POSTS = (3, 10, None)
_INPUTS: dict[str, Callable[[DenseRetriever], Vectors]] = {
    "vectors": lambda dense: dense.vectors,
    "and n-grams": lambda dense: with_subwords(dense.vectors, dense.table.posts),
}
_MOST = 1_000  # questions
_MOST_TOPICS = 600


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the measuring data")
    parser.add_argument("--english", type=Path, default=Path(".faq/corpora"), help="folder of the English corpora")
    parser.add_argument("--config", default="config.yml")
    parser.add_argument("--inverse-penalty", type=float, default=classifier._INVERSE_PENALTY)
    arguments = parser.parse_args()
    without = load_settings(arguments.config).override(classifier_weight=0.0)
    classifier._INVERSE_PENALTY = arguments.inverse_penalty
    print(machine("scipy", "scikit-learn"), end="\n\n")
    print("| FAQ | posts | questions | classifier of | without | " + " | ".join(map(str, SHARES)) + " |")
    print("| --- " * (5 + len(SHARES)) + "|")
    for name, posts, faq, queries in development_sets(arguments.data, arguments.english):
        plain = build_retriever(without, faq)
        assert isinstance(plain, HybridRetriever), "the benchmark is of the hybrid"  # noqa: S101
        before = hit_at_1(plain, faq, queries)
        for inputs, read in _INPUTS.items():
            fitted = TopicClassifier.fit(read(plain.dense), plain.dense.table.topics, len(faq.topics))
            cells = [f"{hit_at_1(with_share(plain, fitted, share), faq, queries):.4f}" for share in SHARES]
            first = f"{name} | {posts} | {len(queries)} | {inputs} | {before:.4f}"
            print(f"| {first} | " + " | ".join(cells) + " |", flush=True)


def development_sets(data: Path, english: Path) -> Iterator[tuple[str, str, Faq, list[Query]]]:
    """Return FAQs and their questions, by name and posts a topic."""
    for corpus in read_corpora(data, english, "dev").values():
        deepest = max(map(len, corpus.posts.values()))
        for posts in POSTS:
            if posts is None or posts <= deepest:
                yield corpus.name, str(posts or "all"), *_drawn(corpus, posts)
    business, queries = business_faq(data)
    yield "business", "all", business, halves(queries)[0][:_MOST]


def _drawn(corpus: Corpus, posts: int | None) -> tuple[Faq, list[Query]]:
    draw = random.Random(f"{corpus.name} {posts}")
    names = sorted(draw.sample(sorted(corpus.posts), min(_MOST_TOPICS, len(corpus.posts))))
    drawn = {
        name: draw.sample(list(corpus.posts[name]), min(posts or 10**6, len(corpus.posts[name]))) for name in names
    }
    faq = Faq.of(Topic(name, name, tuple(texts), ("",)) for name, texts in drawn.items())
    asked = [Query(text, name) for name in names for text in corpus.questions.get(name, ())]
    return faq, draw.sample(asked, min(_MOST, len(asked)))


def with_share(plain: HybridRetriever, fitted: TopicClassifier, share: float) -> HybridRetriever:
    """Copy a retriever and give the copy the classifier, with this share whatever the FAQ's size."""
    table = plain.dense.table
    read = reads_subwords(fitted, plain.dense.vectors)
    rise = replace(plain.weights, classifier=0.1).classifier_share(len(table), len(table.ids), subwords=read) / 0.1
    return HybridRetriever(plain.dense, plain.keyword, replace(plain.weights, classifier=share / rise), fitted)


def hit_at_1(retriever: Retriever, faq: Faq, queries: Sequence[Query]) -> float:
    """Compute the share of questions whose topic ranks first."""
    return float((ranks(search_all(lambda _: retriever, [(faq, queries)])) == 1).mean())


if __name__ == "__main__":
    main()
