"""Which floor of the confidence makes the nearest known questions worth offering where nothing is found.

`python -m benchmarks.nearest` asks the demo FAQ its held-out questions and out-of-scope messages. For each floor it
prints, of the questions that are rejected, in how many the nearest three are offered and in how many of these the right
topic is among them; and in how many of the out-of-scope messages that are rejected something is offered. With
`--posts`, each topic keeps so many posts, as in the FAQ of a beginner.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from benchmarks.machine import machine
from faq_component.assistant.assistant import Assistant
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.topics import Faq
from faq_component.settings import Settings
from faq_component.types import Outcome, Result

_FLOORS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45)
_OFFERED = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=0, help="keep so many posts of each topic; 0 keeps all")
    arguments = parser.parse_args()
    print(machine())
    faq = _with_posts(load_faq("data/faq"), arguments.posts)
    assistant = Assistant.over(faq, Settings(log="none"))
    held_out = json.loads(Path("data/held_out.json").read_text("utf-8"))
    known = [(assistant.decide(text), topic["id"]) for topic in held_out.values() for text in topic["post"]]
    rejected = [(result, topic) for result, topic in known if result.decision.outcome is Outcome.REJECT]
    out_of_scope = json.loads(Path("data/out_of_scope.json").read_text("utf-8"))
    strange = [assistant.decide(text) for texts in out_of_scope.values() for text in texts]
    refused = [result for result in strange if result.decision.outcome is Outcome.REJECT]
    print(f"held-out questions: {len(known)}, rejected {len(rejected)}")
    print(f"out-of-scope messages: {len(strange)}, rejected {len(refused)}")
    print("floor  offered of the rejected   right among them   offered out of scope")
    for floor in _FLOORS:
        offered = [(result, topic) for result, topic in rejected if _is_offered(result, floor)]
        right = sum(topic in [hit.topic_id for hit in result.hits[:_OFFERED]] for result, topic in offered)
        wrong = sum(_is_offered(result, floor) for result in refused)
        print(f"{floor:5.2f}  {len(offered):5d}  {right:5d} ({right / max(len(offered), 1):.2f})   {wrong:5d}")


def _with_posts(faq: Faq, count: int) -> Faq:
    return faq if not count else Faq.of(replace(topic, posts=topic.posts[:count]) for topic in faq.topics)


def _is_offered(result: Result, floor: float) -> bool:
    return bool(result.hits) and result.decision.confidence >= floor


if __name__ == "__main__":
    main()
