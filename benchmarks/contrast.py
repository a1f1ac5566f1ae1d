"""False answers to questions that differ from a post in one small word.

`python -m benchmarks.contrast` makes each post of data/contrast.tsv a topic of its own. It asks the question that means
something else (`other`, which no topic answers) and the one that means the same (`same`), with the settings of
config.yml, and prints the shares that were answered, by half of the data and kind of difference.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from benchmarks.machine import machine
from faq_component.assistant.assistant import Assistant
from faq_component.evaluation.metrics import bootstrap
from faq_component.knowledge.topics import Faq, Topic
from faq_component.settings import Settings, load_settings
from faq_component.support.tsv import read_tsv
from faq_component.types import Outcome

PAIRS = Path("data/contrast.tsv")
Row = dict[str, str]


def answered(rows: list[Row], settings: Settings) -> list[tuple[Row, bool, bool]]:
    """Return each row with whether `other` got an answer, which is false, and whether `same` got its topic's."""
    faq = Faq.of(Topic(f"row_{number}", row["post"], (row["post"],), ("",)) for number, row in enumerate(rows))
    assistant = Assistant.over(faq, settings)
    found = []
    for number, row in enumerate(rows):
        other, same = (assistant.decide(row[name]).decision for name in ("other", "same"))
        right = same.outcome is Outcome.ANSWER and same.hits[0].topic_id == f"row_{number}"
        found.append((row, other.outcome is Outcome.ANSWER, right))
    return found


def main() -> None:
    """Print the table, and with `--list` the false answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="config.yml")
    parser.add_argument("--list", action="store_true", help="print the false answers")
    arguments = parser.parse_args()
    settings = load_settings(arguments.config)
    found = [
        item
        for half in ("seen", "unseen")
        for item in answered([r for r in read_tsv(PAIRS) if r["half"] == half], settings)
    ]
    print(machine(), end="\n\n")
    print("| half | kind | pairs | other: answered (false) | same: answered (correct) |")
    print("| --- | --- | --- | --- | --- |")
    groups = Counter((row["half"], kind) for row, *_ in found for kind in (row["kind"], "all"))
    for half, kind in sorted(groups):
        chosen = [item for item in found if item[0]["half"] == half and kind in (item[0]["kind"], "all")]
        wrong, right = bootstrap([wrong for _, wrong, _ in chosen]), bootstrap([right for *_, right in chosen])
        print(f"| {half} | {kind} | {len(chosen)} | {wrong} | {right} |")
    if arguments.list:
        for row, is_wrong, _ in found:
            if is_wrong:
                print(f"{row['half']} {row['kind']}: {row['other']} -> {row['post']}")


if __name__ == "__main__":
    main()
