"""Milliseconds of processor time of a completion at each key, over FAQs of real sentences.

`python -m benchmarks.completion --posts 20000` types questions that are not in the FAQ, and some that are, character by
character, and asks for the completions after each; also in a scope with a tenth of the topics. It prints the median,
the 99th percentile and the longest of the times, those of texts that are made to take long, and how long it takes to
take in an edit; keys do not wait for that. The posts are Chinese, then English.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import machine
from benchmarks.scopes import faq_of
from benchmarks.sentences import read_sentences, repeat_texts
from faq_component.assistant.build_text import build_rewriter
from faq_component.assistant.completion import LONGEST, Completions
from faq_component.dialogue.scope import Scope
from faq_component.knowledge.topics import Faq
from faq_component.settings import Settings

_HARD = ("a", "o u", "w h i t m c a n", "a " * 49 + "z", "的 " * 49 + "囧", "的 了 吗 我 是 不 有 人")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the measuring data")
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=100, help="that are typed, half of them posts")
    arguments = parser.parse_args()
    print(machine("rasa"))
    english = json.loads((arguments.data / "topics/clinc150_train.json").read_text("utf-8"))
    texts = sorted({text for topic in english.values() for text in topic})
    random.Random(0).shuffle(texts)
    for language, sentences in (("Chinese", read_sentences(arguments.data)), ("English", texts)):
        print(language)
        _measure(sentences, arguments.posts, arguments.questions // 2)


def _measure(sentences: list[str], count: int, half: int) -> None:
    posts = repeat_texts(sentences[: -2 * half], count)
    typed = [*sentences[-half:], *random.Random(0).sample(posts, half)]
    faq, completions = faq_of(posts), Completions(build_rewriter(Settings()))
    begun = time.perf_counter()
    completions.of(faq, typed[0])
    print(f"  {len(posts):,} posts; to take in an edit: {1000 * (time.perf_counter() - begun):.0f} ms")
    keys = [question[:length] for question in typed for length in range(1, len(question) + 1)]
    for name, scope in (("none", None), ("a tenth", Scope.of("shop0"))):
        for kind, given in (("keys", keys), ("hard texts", _HARD)):
            taken = [_milliseconds(completions, faq, text, scope) for text in given]
            median, most = np.percentile(taken, [50, 99])
            times = f"median {median:.2f} ms, 99% {most:.2f} ms, longest {max(taken):.2f} ms"
            print(f"    scope {name:8} {len(taken):,} {kind}: {times}")


def _milliseconds(completions: Completions, faq: Faq, text: str, scope: Scope | None) -> float:
    begun = time.thread_time()
    completions.of(faq, text[:LONGEST], scope=scope)
    return 1000 * (time.thread_time() - begun)


if __name__ == "__main__":
    main()
