"""A large FAQ of real sentences, and distinct questions that are not in it."""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.sentences import read_sentences, repeat_texts
from faq_component.knowledge.checking import load_faq

_PER_TOPIC = 20
_QUESTIONS = 20_000
_LONGEST = 40  # characters of a question


def prepare(folder: Path, posts: int, data: Path) -> tuple[str, list[str]]:
    """Return the path of an FAQ, and at least 20,000 distinct questions.

    Args:
        folder: for the FAQ.
        posts: of the FAQ, twenty per topic; 0 takes the demo FAQ.
        data: folder of the sentences; without it, those of the demo FAQ are repeated with two characters exchanged.
    """
    texts = [text for text in _texts(data) if len(text) <= _LONGEST]
    if not posts:
        demo = {post for topic in load_faq("data/faq").topics for post in topic.posts}
        return "data/faq", [text for text in repeat_texts(texts, _QUESTIONS) if text not in demo]
    texts = list(dict.fromkeys(repeat_texts(texts, posts + _QUESTIONS)))
    topics: dict[str, Any] = {}
    for number, start in enumerate(range(0, posts, _PER_TOPIC)):
        listed = texts[start : start + _PER_TOPIC]
        topics[f"{number} {listed[0]}"] = {"id": f"t{number}", "post": listed, "resp": [f"第{number}个回答。"]}
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"faq-{posts}.json"
    file.write_text(json.dumps(topics, ensure_ascii=False), "utf-8")
    return str(file), texts[posts:]


def endless(questions: list[str], cached: bool) -> Iterator[str]:
    """Yield questions endlessly: with `cached` the same hundred, else all, numbered when they recur."""
    if cached:
        yield from itertools.cycle(questions[:100])
    for again in itertools.count():
        yield from (question if not again else f"{question}{again}" for question in questions)


def _texts(data: Path) -> list[str]:
    if (data / "pairs").is_dir():
        return read_sentences(data)
    return [post for topic in load_faq("data/faq").topics for post in topic.posts]


def main() -> None:
    """Write questions for the locustfile, one per line, and print the path of the FAQ."""
    parser = argparse.ArgumentParser(description="Write distinct questions, and the FAQ, into .faq/.")
    parser.add_argument("--posts", type=int, default=0)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    faq, questions = prepare(Path(".faq"), arguments.posts, arguments.data)
    Path(".faq/questions.txt").write_text("\n".join(" ".join(text.split()) for text in questions), "utf-8")
    print(f"FAQ: {faq}; {len(questions):,} questions: .faq/questions.txt")


if __name__ == "__main__":
    main()
