"""How many faults `faq lint` finds that are planted in copies of the demo FAQ: ``python -m benchmarks.lint``.

The rules were made with the first set of wordings alone. Found is a fault of which the right rule speaks, on the right
topic and text; false alarms are findings on anything else.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from faq_component.lint import Finding
from tests.lint.planting import PLAN, Fault, lint_folder, plant
from tests.lint.wording import FIRST, SECOND, Wording

SETS = {"first": FIRST, "second": SECOND}
SEEDS = 12


@dataclass(frozen=True)
class Copy:
    """A copy of the demo FAQ: the kinds of the faults that are found, all findings, and the false ones."""

    found: Counter[str]
    findings: int
    alarms: int

    @classmethod
    def of(cls, faults: Sequence[Fault], findings: Sequence[Finding]) -> Copy:
        """Compare what was planted with what is found."""
        found = Counter(fault.kind for fault in faults if any(map(fault.is_found_by, findings)))
        alarms = sum(not any(fault.concerns(each) for fault in faults) for each in findings)
        return cls(found, len(findings), alarms)


def measure(wording: Wording, seeds: int) -> list[Copy]:
    """Plant and lint one copy for each seed; the second set has Chinese numerals."""
    copies = []
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as name:
            faults = plant(Path(name), wording, seed, chinese_numerals=wording is SECOND)
            copies.append(Copy.of(faults, lint_folder(name)))
    return copies


def main() -> None:
    """Print a row for each set of wordings, then the share found of each kind in all copies."""
    parser = argparse.ArgumentParser(description="measure what lint finds of planted faults")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="copies of each set")
    seeds = parser.parse_args().seeds
    planted = sum(PLAN.values())
    copies: list[Copy] = []
    print(f"| wording | found of {planted}, mean | from to | false alarms, of all findings | worst seed |")
    print("| --- | --- | --- | --- | --- |")
    for name, wording in SETS.items():
        here = measure(wording, seeds)
        found = [copy.found.total() for copy in here]
        share = sum(copy.alarms for copy in here) / sum(copy.findings for copy in here)
        worst = max(copy.alarms / copy.findings for copy in here)
        print(f"| {name} | {sum(found) / seeds:.1f} | {min(found)} to {max(found)} | {share:.1%} | {worst:.1%} |")
        copies += here
    print("\n| kind | planted in a copy | found |\n| --- | --- | --- |")
    for kind, count in PLAN.items():
        print(f"| {kind} | {count} | {sum(copy.found[kind] for copy in copies) / count / len(copies):.0%} |")


if __name__ == "__main__":
    main()
