"""Whether another checkout of this repository decides the same: thousands of questions, outcome, topics and scores.

    python -m benchmarks.same_decisions ../before --posts 20000 --data ../shared/data --questions 5000

Questions are sentences that no post says, and posts with a character left out, so that all outcomes are among them.
Each checkout searches and decides in a process of its own, with the same settings and cache of vectors. Ends with
status 1 where a decision or the topics found differ; scores may differ in their last digits.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.load.questions import prepare
from faq_component.knowledge.checking import load_faq

_EACH = 4  # of so many questions, one is a post with a character left out
_DECIDE = """
import json, logging, sys
logging.disable(logging.CRITICAL)
from faq_component import Assistant, Settings
faq, cache = sys.argv[1:]
settings = Settings(faq=faq, log="none", reload_seconds=0.0, cache_dir=cache, threads=1)
with Assistant(settings) as assistant:
    for line in sys.stdin:
        print(json.dumps(assistant.decide(json.loads(line)).to_json()))
"""


def main() -> None:
    """Compare, print and end with the status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--posts", type=int, default=0, help="posts of a large FAQ; 0 takes the demo FAQ")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--questions", type=int, default=5_000)
    arguments = parser.parse_args()
    faq, listed = prepare(Path(".faq"), arguments.posts, arguments.data)
    posts = [post for topic in load_faq(faq).topics for post in topic.posts]
    asked = listed[: arguments.questions]
    for place in range(0, len(asked), _EACH):
        post = posts[place * 7 % len(posts)]
        asked[place] = post[: len(post) // 2] + post[len(post) // 2 + 1 :] or post
    ours, theirs = (_decided(checkout.resolve(), faq, asked) for checkout in (Path.cwd(), arguments.checkout))
    outcomes = Counter(result["outcome"] for result in ours)
    print(f"{faq}, {len(asked):,} questions: {', '.join(f'{count:,} {name}' for name, count in outcomes.items())}")
    differing = [
        (text, _of(one), _of(other))
        for text, one, other in zip(asked, ours, theirs, strict=True)
        if any(_of(one)[name] != _of(other)[name] for name in ("outcome", "topics", "found"))
    ]
    scores = [
        abs(one - other)
        for pair in zip(ours, theirs, strict=True)
        for one, other in zip(_numbers(pair[0]), _numbers(pair[1]), strict=False)
    ]
    print(f"decisions or topics that differ: {len(differing)}; scores differ by {max(scores, default=0.0):.1e} at most")
    for text, first, second in differing[:10]:
        print(f"{text}\n  {json.dumps(first)}\n  {json.dumps(second)}")
    sys.exit(bool(differing))


def _decided(checkout: Path, faq: str, questions: list[str]) -> list[dict[str, Any]]:
    cache = Path(f".faq/{Path(faq).stem}").resolve()
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-c", _DECIDE, str(Path(faq).resolve()), str(cache)]
    lines = "".join(json.dumps(text) + "\n" for text in questions)
    run = subprocess.run(
        command, cwd=checkout, env=environment, input=lines, capture_output=True, text=True, check=True
    )
    results: list[dict[str, Any]] = [json.loads(line) for line in run.stdout.splitlines()]
    return results


def _of(result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "found": [hit["topic"] for hit in result["hits"]]}


def _numbers(result: dict[str, Any]) -> list[float]:
    return [result["confidence"], *(hit["score"] for hit in result["hits"])]


if __name__ == "__main__":
    main()
