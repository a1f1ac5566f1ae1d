"""Milliseconds of processor time of a completion at each key, over an FAQ of real sentences.

`python -m benchmarks.completion --posts 20000` types questions that are not in the FAQ, and some that are, character by
character, and asks for the completions after each; also in a scope with a tenth of the topics. It prints the median,
the 99th percentile and the longest of the times, and how long it takes to take in an edit; keys do not wait for that.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import machine
from benchmarks.scopes import faq_of
from benchmarks.sentences import read_sentences, repeat_texts
from faq_component.assistant.build_text import build_rewriter
from faq_component.assistant.completion import Completions
from faq_component.dialogue.scope import Scope
from faq_component.settings import Settings


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the measuring data")
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=100, help="that are typed, half of them posts")
    arguments = parser.parse_args()
    print(machine("rasa"))
    sentences = read_sentences(arguments.data)
    posts = repeat_texts(sentences[: -arguments.questions], arguments.posts)
    half = arguments.questions // 2
    typed = [*sentences[-half:], *random.Random(0).sample(posts, half)]
    faq, completions = faq_of(posts), Completions(build_rewriter(Settings()))
    begun = time.perf_counter()
    completions.of(faq, typed[0])
    print(f"{len(posts):,} posts; to take in an edit: {1000 * (time.perf_counter() - begun):.0f} ms")
    for name, scope in (("none", None), ("a tenth", Scope.of("shop0"))):
        taken = []
        for question in typed:
            for length in range(1, len(question) + 1):
                begun = time.thread_time()
                completions.of(faq, question[:length], scope=scope)
                taken.append(1000 * (time.thread_time() - begun))
        median, most = np.percentile(taken, [50, 99])
        times = f"median {median:.2f} ms, 99% {most:.2f} ms, longest {max(taken):.2f} ms"
        print(f"  scope {name:8} {len(taken):,} keys: {times}")


if __name__ == "__main__":
    main()
