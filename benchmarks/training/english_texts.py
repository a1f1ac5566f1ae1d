"""Collect short English texts from public repositories, to teach the encoder English with (`english.py`).

`python -m benchmarks.training.english_texts CLONES FILE` reads clones, or bare repositories, of

- google-research-datasets/dstc8-schema-guided-dialogue (CC BY-SA 4.0): what users say in its training dialogues,
- google-research-datasets/Taskmaster (CC BY 4.0): what both sides say in sets 2 to 4 and the sample of set 1,
- google-research-datasets/query-wellformedness (CC BY-SA 4.0): questions from WikiAnswers,
- google-research-datasets/natural-questions (Apache 2.0): the questions of its development set,
- gunthercox/chatterbot-corpus (BSD): its English part,

each in CLONES under the repository's name, and writes a normalised text a line, sorted. No label is read, and no corpus
that an encoder is measured on is among them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from faq_component.support.files import write_atomically
from faq_component.text import normalize

LONGEST = 70  # characters: longer texts are seldom a message, and cost more than they teach


def main() -> None:
    """Write the file of texts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path, help="folder of the repositories")
    parser.add_argument("target", type=Path, help="file to write")
    arguments = parser.parse_args()
    texts: set[str] = set()
    for repository, (wanted, read) in SOURCES.items():
        found = {normalize(text) for file in _files(arguments.clones / repository, wanted) for text in read(file)}
        found = {text for text in found if 2 < len(text) <= LONGEST}
        print(f"{repository}: {len(found)} texts")
        texts |= found
    write_atomically(arguments.target, "".join(f"{text}\n" for text in sorted(texts)).encode())
    print(f"{len(texts)} texts in {arguments.target}")


def _files(repository: Path, wanted: Callable[[str], bool]) -> Iterator[str]:
    """Yield the contents of the files of a repository's last commit whose path is wanted, but for those it lacks."""
    git = ("git", "-C", str(repository))
    listing = subprocess.run([*git, "ls-tree", "-r", "--name-only", "HEAD"], check=True, capture_output=True, text=True)
    lacking = 0
    for path in filter(wanted, listing.stdout.splitlines()):
        shown = subprocess.run([*git, "show", f"HEAD:{path}"], check=False, capture_output=True)
        lacking += shown.returncode != 0
        yield shown.stdout.decode("utf-8", "replace")
    if lacking:
        print(f"{repository.name}: the clone lacks the contents of {lacking} files")


def _json(content: str) -> list[Any]:
    """Return a JSON list; nothing for a file that is not one, as some of Taskmaster's."""
    try:
        value = json.loads(content)
    except ValueError:
        return []
    return value if isinstance(value, list) else []


def _schema_guided(content: str) -> Iterator[str]:
    for dialogue in _json(content):
        yield from (turn["utterance"] for turn in dialogue["turns"] if turn["speaker"] == "USER")


def _taskmaster(content: str) -> Iterator[str]:
    for dialogue in _json(content):
        if isinstance(dialogue, dict):
            yield from (turn["text"] for turn in dialogue.get("utterances", ()) if isinstance(turn, dict))


def _questions(content: str) -> Iterator[str]:
    yield from (json.loads(line)["question"] for line in content.splitlines())


def _first_column(content: str) -> Iterator[str]:
    yield from (line.split("\t")[0] for line in content.splitlines())


def _listed(content: str) -> Iterator[str]:
    yield from (line.strip(" -") for line in content.splitlines())


SOURCES: dict[str, tuple[Callable[[str], bool], Callable[[str], Iterator[str]]]] = {
    "dstc8-schema-guided-dialogue": (lambda path: path.startswith("train/dialogues"), _schema_guided),
    "Taskmaster": (
        lambda path: path.startswith(("TM-2-2020/data", "TM-3-2020/data", "TM-4-2024/data", "TM-1-2019/sample.json")),
        _taskmaster,
    ),
    "query-wellformedness": (lambda path: path.endswith(".tsv"), _first_column),
    "natural-questions": (lambda path: path.endswith(".jsonl"), _questions),
    "chatterbot-corpus": (lambda path: "/english/" in path and path.endswith(".yml"), _listed),
}


if __name__ == "__main__":
    main()
