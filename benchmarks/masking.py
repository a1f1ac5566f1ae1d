"""Masking of personal data on the 582 lines of ``masking.tsv``: ``python -m benchmarks.masking``.

Half of the lines hold something personal, in one of ninety written forms; the others hold numbers, names and words that
are none. They were made for this from sentences and number patterns; no line is anybody's. The last 82 were written
before the masks that find them.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from faq_component.usage.masking import mask

MOST_WRONG = 2  # lines; of order numbers, one in ten has the check digit of a bank card
LINES = Path(__file__).with_suffix(".tsv")


def measure() -> tuple[list[str], list[str], int, int]:
    """Return personal lines that are left, other lines that are masked, and how many lines there are of each kind."""
    with LINES.open(encoding="utf-8", newline="") as file:
        rows = [(row["line"], row["personal"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    personal = [(line, part) for line, part in rows if part]
    others = [line for line, part in rows if not part]
    left = [line for line, part in personal if part in mask(line) or mask(line) == line]
    wrong = [f"{line} -> {mask(line)}" for line in others if mask(line) != line]
    return left, wrong, len(personal), len(others)


def main() -> int:
    """Print the figures, and with ``--lines`` the lines that fail; 1 where one is left, or too many are masked."""
    parser = argparse.ArgumentParser(description="measure how personal data is masked")
    parser.add_argument("--lines", action="store_true", help="print the lines that fail")
    arguments = parser.parse_args()
    left, wrong, personal, others = measure()
    print(f"found          {personal - len(left)} of {personal} ({1 - len(left) / personal:.1%})")
    print(f"falsely masked {len(wrong)} of {others} ({len(wrong) / others:.1%})")
    for line in [*left, *wrong] if arguments.lines else ():
        print(f"  {line}")
    return int(bool(left) or len(wrong) > MOST_WRONG)


if __name__ == "__main__":
    raise SystemExit(main())
