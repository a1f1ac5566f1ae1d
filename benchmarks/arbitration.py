"""Confusion between the dialogue's intents and the FAQ, through the trained Rasa model.

`python -m benchmarks.arbitration` parses each message of data/arbitration.tsv, outside of a dialogue (context `none`)
or right after the bot has asked for the order number (`form`), and prints who got it: the intent, the FAQ (`faq`:
an answer or a clarifying question) or neither (`other`). Another file can be named: the rule and its threshold were
chosen on data/arbitration_dev.tsv. The writers of both files saw neither the posts of the FAQ nor the examples of
bot/nlu.yml; messages that equal an example were removed.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import structlog
from rasa.core.agent import load_agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from benchmarks.machine import machine
from faq_component.support.tsv import read_tsv

MESSAGES = Path("data/arbitration.tsv")
NAMES: Mapping[str | None, str] = {"faq": "faq", "faq_clarify": "faq", "nlu_fallback": "other", None: "other"}
IN_FORM = [
    ActionExecuted("order_form"),
    ActiveLoop("order_form"),
    SlotSet("requested_slot", "order_number"),
    ActionExecuted("action_listen"),
]


def confusion(messages: Path = MESSAGES) -> tuple[Counter[tuple[str, str, str]], list[tuple[str, str, str, str]]]:
    """Count (context, label, predicted), and list the errors as (context, label, predicted, message)."""
    return asyncio.run(_confusion(read_tsv(messages)))


async def _confusion(
    rows: list[dict[str, str]],
) -> tuple[Counter[tuple[str, str, str]], list[tuple[str, str, str, str]]]:
    agent = await load_agent(model_path="models")
    counts: Counter[tuple[str, str, str]] = Counter()
    mistakes = []
    for row in rows:
        tracker = DialogueStateTracker.from_events("measure", IN_FORM if row["context"] == "form" else [])
        parsed = await agent.processor.parse_message(UserMessage(row["message"]), tracker)
        name = parsed["intent"]["name"]
        predicted = NAMES.get(name, name)
        counts[row["context"], row["label"], predicted] += 1
        if predicted != row["label"]:
            mistakes.append((row["context"], row["label"], predicted, row["message"]))
    return counts, mistakes


def main() -> None:
    """Print the confusion and the errors."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(machine("rasa"))
    counts, mistakes = confusion(*map(Path, sys.argv[1:2]))
    for context in ("none", "form"):
        labels = sorted({key[1] for key in counts if key[0] == context})
        total = sum(count for key, count in counts.items() if key[0] == context)
        right = sum(counts[context, label, label] for label in labels)
        print(f"\ncontext {context}: {right} of {total} correct ({right / total:.3f})")
        for label in labels:
            got = {key[2]: count for key, count in counts.items() if key[:2] == (context, label)}
            print(f"  {label:20}", "  ".join(f"{name} {count}" for name, count in sorted(got.items())))
    print()
    for mistake in mistakes:
        print("  {:5} {} -> {}: {}".format(*mistake))


if __name__ == "__main__":
    main()
