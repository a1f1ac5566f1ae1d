"""Difficulty of the negatives of each sampling strategy.

`python -m benchmarks.sampling` draws pairs from a topics file with each strategy, clustering and beta, and prints the
mean cosine of the negatives by the encoder in use, the share above the mean cosine of the positives, the number drawn
from all posts because their cluster had too few, and the seconds of drawing (without encoding).
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import replace

from tqdm import tqdm

from benchmarks.machine import machine
from faq_component.assistant.build_encoders import build_encoder
from faq_component.encoders.cache import CachedEncoder
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.topics import Faq
from faq_component.settings import Settings
from faq_component.text import normalize
from faq_component.training.pairs.clusters import CLUSTERINGS
from faq_component.training.pairs.difficulty import measure_difficulty
from faq_component.training.pairs.posts import Posts
from faq_component.training.pairs.sampling import sample
from faq_component.training.pairs.sampling_settings import SamplingSettings

_BETAS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


def at_most(faq: Faq, posts: int) -> Faq:
    """Draw as many posts per topic as keep the knowledge base under `posts` posts."""
    draw = random.Random(0)
    sizes = [len(topic.posts) for topic in faq.topics]
    per_topic = max(sizes)
    while per_topic > 1 and sum(min(size, per_topic) for size in sizes) > posts:
        per_topic -= 1
    topics = [replace(t, posts=tuple(draw.sample(t.posts, min(len(t.posts), per_topic)))) for t in faq.topics]
    return Faq.of(topics)


def all_settings() -> list[SamplingSettings]:
    """Return the settings to compare."""
    local = [SamplingSettings(clustering=way, beta=beta) for way in CLUSTERINGS for beta in _BETAS]
    hard = [SamplingSettings(strategy="hard", skip=skip) for skip in (0, 10)]
    return [SamplingSettings(strategy="global"), *local, *hard, SamplingSettings(strategy="hard", max_cosine=0.92)]


def describe(settings: SamplingSettings) -> tuple[str, str, str]:
    """Return strategy, clustering and beta, as far as the strategy uses them."""
    if settings.strategy == "local":
        return "local", settings.clustering, f"{settings.beta:g}"
    bound = "" if settings.max_cosine is None else f", cosine at most {settings.max_cosine:g}"
    return (f"hard, skip {settings.skip}{bound}" if settings.strategy == "hard" else "global"), "", ""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faq", default="data/faq", help="a topics file or folder")
    parser.add_argument("--posts", type=int, default=20_000, help="most posts to draw from")
    parser.add_argument("--vectors", default=".faq/vectors.sqlite", help="folder in which the vectors are kept")
    arguments = parser.parse_args()
    faq = at_most(load_faq(arguments.faq, responses_required=False), arguments.posts)
    posts = Posts.of(faq)
    vectors = CachedEncoder(build_encoder(Settings()), arguments.vectors).encode([normalize(t) for t in posts.texts])
    print(machine("scikit-learn"))
    print(f"{arguments.faq}: {len(posts.spans):,} topics, {len(posts):,} posts\n")
    print("| strategy | clustering | beta | clusters | mean cosine | above positives | filled | s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for settings in tqdm(all_settings(), desc="sampling", leave=False):
        start = time.perf_counter()
        drawn = sample(faq, settings, vectors)
        seconds = time.perf_counter() - start
        found = measure_difficulty(drawn.examples, posts, vectors)
        cells = (
            *describe(settings),
            str(drawn.counts.clusters or ""),
            f"{found.mean_negative:.4f}",
            f"{found.negatives_above:.4f}",
            f"{drawn.counts.filled:,}",
            f"{seconds:.1f}",
        )
        tqdm.write("| " + " | ".join(cells) + " |")
    print(f"\nmean cosine of the positives: {found.mean_positive:.4f}")


if __name__ == "__main__":
    main()
