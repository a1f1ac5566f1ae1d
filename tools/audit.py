"""Known vulnerabilities of the locked requirements: ``make audit``.

pip-audit asks PyPI about each package of ``requirements/``. One that is found fails this program, unless
``requirements/accepted.tsv`` says why it does not bite: its id, the package and the reason, with tabs between them.
What could not be asked about is said, and is no failure: a machine may have no network, or a mirror that knows no
vulnerabilities. Where a file could not be checked, no accepted line is called superfluous.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REQUIREMENTS = Path("requirements")
ACCEPTED = REQUIREMENTS / "accepted.tsv"


@dataclass(frozen=True)
class Vulnerability:
    """A known vulnerability of a package in the version that is locked."""

    id: str
    package: str
    version: str
    fixed: tuple[str, ...]


def read_accepted(text: str) -> dict[tuple[str, str], str]:
    """Read the accepted vulnerabilities: id and package with the reason.

    Raises:
        ValueError: a line has not three fields.
    """
    accepted = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line and not line.startswith("#"):
            fields = [field.strip() for field in line.split("\t")]
            if len(fields) != 3 or not all(fields):
                raise ValueError(f"{ACCEPTED}:{number} is not 'id<TAB>package<TAB>reason'")
            accepted[fields[0], fields[1]] = fields[2]
    return accepted


def read_report(report: Mapping[str, Any]) -> tuple[list[Vulnerability], list[str]]:
    """Read pip-audit's report as JSON: what it found, and the packages that it could not ask about."""
    found, skipped = [], []
    for package in report["dependencies"]:
        if "skip_reason" in package:
            skipped.append(package["name"])
        for each in package.get("vulns", ()):
            fixed = tuple(each["fix_versions"])
            found.append(Vulnerability(each["id"], package["name"], package["version"], fixed))
    return found, skipped


def lines_of(
    found: Sequence[Vulnerability], skipped: Sequence[str], accepted: Mapping[tuple[str, str], str]
) -> Iterator[tuple[str, bool]]:
    """Yield the lines to print, and whether each is a failure."""
    for each in sorted(set(found), key=lambda item: (item.package, item.id)):
        reason = accepted.get((each.id, each.package))
        name = f"{each.package} {each.version}: {each.id}"
        if reason is not None:
            yield f"{name}, accepted: {reason}", False
        else:
            mend = f"fixed in {', '.join(each.fixed)}" if each.fixed else "not fixed yet"
            yield f"{name}, {mend}; update it, or say in {ACCEPTED} why it does not bite", True
    known = {(each.id, each.package) for each in found}
    for one, package in sorted(set(accepted) - known):
        if package not in skipped:
            yield f"{package}: {one} is accepted in {ACCEPTED}, but not found any more; remove the line", True
    if skipped:
        yield (
            f"not checked, since the index does not know their vulnerabilities: {', '.join(sorted(set(skipped)))}",
            False,
        )


def main(program: str) -> int:
    """Audit each list of requirements with pip-audit, which is `program`; 1 where something has to be done."""
    accepted = read_accepted(ACCEPTED.read_text(encoding="utf-8"))
    found: list[Vulnerability] = []
    skipped: list[str] = []
    is_whole = True
    for file in sorted(REQUIREMENTS.glob("*.txt")):
        command = [program, "--requirement", str(file), "--disable-pip", "--format", "json"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            report = json.loads(run.stdout)
        except ValueError:
            reason = (run.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
            sys.stdout.write(f"{file} could not be checked: {reason}\n")
            is_whole = False
            continue
        new = read_report(report)
        found += new[0]
        skipped += new[1]
    if not is_whole:  # what was not found may be in a file that was not checked
        seen = {(each.id, each.package) for each in found}
        accepted = {known: reason for known, reason in accepted.items() if known in seen}
    lines = list(lines_of(found, skipped, accepted))
    if is_whole and not lines:
        lines = [("no known vulnerabilities", False)]
    sys.stdout.writelines(f"{line}\n" for line, _ in lines)
    return int(any(failed for _, failed in lines))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
