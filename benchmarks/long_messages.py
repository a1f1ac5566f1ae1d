"""Long messages: ones that tell a story around their question, and ones of other domains.

`python -m benchmarks.long_messages --data ../shared/data` asks the demo FAQ, with the settings of config.yml, half of
data/long_messages.tsv (`--half`; the bot was developed on the other half) and messages of other domains, by their
length: of a bank's customers (webank_train for dev, bq_dev for test) and, for test, of patients (medical_train). Each
is searched in segments, as it is served, and once as a whole. It prints the shares of the outcomes with 95% bootstrap
intervals, and with `--list` the false answers.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from benchmarks.machine import machine
from benchmarks.sentences import draw_texts, sentences_of
from faq_component.assistant.assistant import Assistant
from faq_component.evaluation.decisions import outcome_name
from faq_component.evaluation.metrics import bootstrap
from faq_component.evaluation.queries import halves
from faq_component.evaluation.question_table import NO_TOPIC
from faq_component.knowledge.checking import load_faq
from faq_component.language import in_every_language
from faq_component.settings import load_settings
from faq_component.support.tsv import read_tsv
from faq_component.types import Decision

MESSAGES = Path("data/long_messages.tsv")
FOREIGN = {"dev": ("webank_train",), "test": ("bq_dev", "medical_train")}
LENGTHS = ((4, 12), (12, 20), (20, 40), (40, 1_000))
DONE = ("answered correctly", "answered incorrectly", "clarified, topic offered", "clarified", "rejected")
_DONE_OF = {
    **dict(zip(("right", "wrong", "clarified", "clarified_without_topic", "rejected"), DONE, strict=True)),
    **dict(zip(("unknown_answered", "unknown_clarified", "unknown_rejected"), (DONE[1], *DONE[3:]), strict=True)),
}
_MOST = 200

Row = tuple[str, str | None]
"""A message, and the id of its topic."""


def own_messages(half: str) -> dict[str, list[Row]]:
    """Return the messages of this half of the file, with a topic of the demo FAQ and without."""
    nothing = in_every_language(NO_TOPIC)
    rows = [(row["text"], None if row["topic"] in nothing else row["topic"]) for row in read_tsv(MESSAGES)]
    own = halves(rows)[("dev", "test").index(half)]
    return {"with a topic": [row for row in own if row[1]], "without": [row for row in own if not row[1]]}


def load_sets(half: str, data: Path) -> dict[str, list[Row]]:
    """Return the messages by kind."""
    sets = own_messages(half)
    for name in FOREIGN[half]:
        texts = sentences_of(data / f"pairs/{name}.tsv.gz")
        for low, high in LENGTHS:
            chosen = [text for text in texts if low < len(text) <= high]
            title = f"{name}, {low + 1} to {high} characters" if high < LENGTHS[-1][1] else f"{name}, longer"
            sets[title] = [(text, None) for text in draw_texts(chosen, _MOST)]
    return sets


def what_is_done(decision: Decision, topic: str | None) -> str:
    """Return one of `DONE` for a decision."""
    return _DONE_OF[outcome_name(decision, topic)]


def table(sets: dict[str, list[Row]], decide: Callable[[str], Decision]) -> dict[str, list[str]]:
    """Return the outcome of each message of each kind."""
    return {
        name: [what_is_done(decide(text), topic) for text, topic in tqdm(rows, desc=name, leave=False)]
        for name, rows in sets.items()
    }


def print_table(done: dict[str, list[str]]) -> None:
    """Print the shares of the outcomes."""
    print(f"| messages | n | {' | '.join(DONE)} |")
    print("| --- |" + " --- |" * (len(DONE) + 1))
    for name, outcomes in done.items():
        print(f"| {name} | {len(outcomes)} | {' | '.join(_share(outcomes, outcome) for outcome in DONE)} |")


def _share(outcomes: Sequence[str], outcome: str) -> str:
    return str(bootstrap([found == outcome for found in outcomes])) if outcome in outcomes else "0"


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the measuring data")
    parser.add_argument("--config", default="config.yml")
    parser.add_argument("--half", choices=("dev", "test"), default="test")
    parser.add_argument("--list", action="store_true", help="print the messages of the demo's set with a false answer")
    arguments = parser.parse_args()
    settings = load_settings(arguments.config)
    faq = load_faq(settings.faq)
    assistant = Assistant.over(faq, settings)
    whole_message = replace(assistant.knowledge, segmented=False)
    sets = load_sets(arguments.half, arguments.data)
    served = table(sets, lambda text: assistant.decide(text).decision)
    whole = table(sets, lambda text: assistant.decide(text, knowledge=whole_message).decision)
    print(machine(), end="\n\n")
    print("As served, long ones in segments:\n")
    print_table(served)
    print("\nAs a whole:\n")
    print_table(whole)
    if arguments.list:
        for name in ("with a topic", "without"):
            for (text, topic), outcome in zip(sets[name], served[name], strict=True):
                if outcome == DONE[1]:
                    print(f"{topic}: {text}")


if __name__ == "__main__":
    main()
