"""Gain of the conversation's topic for second questions that leave out what the first was about.

`python -m benchmarks.follow_up` asks the second questions of data/follow_up.tsv, and those of
data/change_of_subject.tsv, which are unrelated to the first. Each is asked alone and as the bot does: with the first
topic if it is unclear. It prints the outcomes, with the settings of config.yml.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from benchmarks.machine import machine
from faq_component.assistant.assistant import Assistant
from faq_component.evaluation.decisions import outcome_name
from faq_component.knowledge.checking import load_faq
from faq_component.settings import load_settings
from faq_component.support.tsv import read_tsv
from faq_component.types import Decision

FILES = (Path("data/follow_up.tsv"), Path("data/change_of_subject.tsv"))
COLUMNS = (
    "hit@1",
    "answered correctly",
    "asked to clarify with it",
    "asked to clarify without it",
    "rejected",
    "answered incorrectly",
)
_COLUMN_OF = {
    "right": "answered correctly",
    "wrong": "answered incorrectly",
    "clarified": "asked to clarify with it",
    "clarified_without_topic": "asked to clarify without it",
    "rejected": "rejected",
}


def what_happens(decision: Decision, topic_id: str) -> str:
    """Name the column that counts a decision."""
    return _COLUMN_OF[outcome_name(decision, topic_id)]


def main() -> None:
    """Print the table."""
    settings = load_settings()
    faq = load_faq(settings.faq)
    assistant = Assistant.over(faq, settings)
    print(machine(), end="\n\n")
    print("| questions | with context | " + " | ".join(COLUMNS) + " |")
    print("| --- | --- |" + " --- |" * len(COLUMNS))
    for path in FILES:
        turns = read_tsv(path)
        for with_context in (False, True):
            counts: Counter[str] = Counter()
            for turn in turns:
                result = assistant.decide(turn["second"], after=turn["first_topic"] if with_context else None)
                counts[what_happens(result.decision, turn["second_topic"])] += 1
                counts["hit@1"] += bool(result.hits) and result.hits[0].topic_id == turn["second_topic"]
            cells = " | ".join(f"{counts[column] / len(turns):.2f}" for column in COLUMNS)
            print(f"| {path.stem} ({len(turns)}) | {'yes' if with_context else 'no'} | {cells} |")


if __name__ == "__main__":
    main()
