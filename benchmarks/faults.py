"""Tests of faults and attacks, with figure and pass line: ``python -m benchmarks.faults``.

Each runs a part of the test suite, or a measurement, in a process of its own with a limit of time. ``--quick``
leaves out what starts servers; ``--only 5,8`` runs some; ``--times 1000`` sets how often writers are killed.
``soak --minutes 60`` is the one that takes an hour (`benchmarks.soak`).
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.machine import machine
from benchmarks.soak import main as soak

_LIMIT_SECONDS = 900


@dataclass(frozen=True)
class Fault:
    """A test: its name, its pass line, and the tests that decide, as pytest names them.

    `slow` are those of them that start servers. `command` is a measurement instead, whose last line is the figure; it
    fails with another status than 0, and `is_slow` where it starts servers.
    """

    name: str
    line: str
    quick: tuple[str, ...] = ()
    slow: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    is_slow: bool = False


FAULTS = (
    Fault(
        "malformed FAQ",
        "every fault is one located sentence, and the version before goes on",
        ("tests/knowledge/test_bounds.py", "tests/knowledge/test_checking.py", "tests/knowledge/test_versions.py"),
        ("tests/service/test_faults.py",),
    ),
    Fault(
        "hostile requests",
        "4xx, and the next request is answered",
        ("tests/service/test_api.py", "tests/rasa/channels/test_limits.py", "tests/test_yaml_text.py"),
        ("tests/rasa/test_patches.py", "tests/rasa/channels/test_bad_input.py", "tests/service/test_replacing.py"),
    ),
    Fault(
        "malformed requests",
        "refused or closed; a good one is answered after each hundred",
        command=("benchmarks.fuzz",),
        is_slow=True,
    ),
    Fault(
        "hostile requests, odd characters, half-open connections, 200 at once, beside a bare Rasa",
        "all refused, none failed, all answered",
        command=("benchmarks.bare_rasa",),
        is_slow=True,
    ),
    Fault(
        "waits beside messages of 10,000 characters",
        "the median at most 0.5 s longer",
        command=("benchmarks.long_waits",),
        is_slow=True,
    ),
    Fault(
        "odd characters",
        "no expression takes more than 20 million steps for 20,000 characters",
        ("tests/test_expressions.py", "tests/test_text.py"),
    ),
    Fault(
        "peers down, hung, talking garbage",
        "a polite sentence, and no more than 16 MB are read",
        ("tests/rasa/channels/test_bounded_answers.py", "tests/rasa/components/test_admission.py"),
        ("tests/support/test_http_client.py", "tests/rasa/components/test_action_server_guard.py"),
    ),
    Fault(
        "damaged files",
        "told or rebuilt; no other values without a word",
        (
            "tests/usage/test_damaged_log.py",
            "tests/knowledge/test_damaged_status.py",
            "tests/knowledge/store/test_files.py",
            "tests/encoders/test_metadata.py",
            "tests/support/test_artifacts.py",
            "tests/handover/test_damage.py",
        ),
        ("tests/rasa/components/test_sqlite_conversations.py",),
    ),
    Fault("edits under load", "no answer fails or is mixed", slow=("tests/assistant/test_live.py",)),
    Fault("two writers", "no edit is lost", ("tests/knowledge/store",), ("tests/usage/test_log.py",)),
    Fault("full disk", "the service answers", slow=("tests/service/test_full_disk.py",)),
    Fault("kill -9 while writing", "old or new, never damaged", command=("benchmarks.kills",)),
    Fault(
        "injection",
        "text stays text: on the terminal, in logs, on pages",
        (
            "tests/cli",
            "tests/exchange/test_html.py",
            "tests/support/test_clean_logs.py",
            "tests/evaluation/test_report.py",
        ),
        ("tests/rasa/web_chat/test_page.py",),
    ),
    Fault(
        "tokens, origins, hosts, replays",
        "refused, and nothing is handled twice",
        ("tests/rasa/web_chat/test_channel.py", "tests/rasa/channels/test_front.py", "tests/handover/test_bounds.py"),
        ("tests/rasa/channels/test_replays.py", "tests/rasa/channels/test_handled.py"),
    ),
    Fault("personal data", "all 292 found, 2 of 290 falsely masked", command=("benchmarks.masking",)),
    Fault("ten times too much", "refused at once, with a sentence", ("tests/service/test_operation.py",)),
    Fault("worker killed", "no request fails while workers are replaced", slow=("tests/service/test_replacing.py",)),
    Fault("a planted pickle", "never runs", ("tests/retrieval/test_indexes.py", "tests/retrieval/test_classifier.py")),
)


def main(given: Sequence[str] | None = None) -> int:
    """Run the tests and print a line for each; 1 where one is not within its line."""
    arguments_given = sys.argv[1:] if given is None else list(given)
    if arguments_given[:1] == ["soak"]:
        return soak(arguments_given[1:])
    parser = argparse.ArgumentParser(description="tests of faults and attacks; `soak` runs for an hour")
    parser.add_argument("--quick", action="store_true", help="only what starts no servers")
    parser.add_argument("--only", help="numbers of tests, with commas between them")
    parser.add_argument("--times", type=int, default=100, help="how often writers are killed (100)")
    arguments = parser.parse_args(arguments_given)
    numbers = {int(part) for part in (arguments.only or "").split(",") if part}
    print(machine())
    failed = 0
    for number, fault in enumerate(FAULTS, 1):
        if numbers and number not in numbers:
            continue
        status, figure = _run(fault, quick=arguments.quick, times=arguments.times)
        failed += status != "passed" and status != "left out"
        print(f"{number:2}  {fault.name:34} {status:9} {figure:44} line: {fault.line}", flush=True)
    return int(failed > 0)


def _run(fault: Fault, *, quick: bool, times: int) -> tuple[str, str]:
    """Return ``passed``, ``failed`` or ``left out``, and the figure."""
    tests = [*fault.quick, *(() if quick else fault.slow)]
    if fault.command and not (quick and fault.is_slow):
        command = [sys.executable, "-m", *fault.command]
        command += (
            ["--times", str(min(times, 20) if quick else times)] if fault.command == ("benchmarks.kills",) else []
        )
    elif tests:
        command = [sys.executable, "-W", "ignore", "-m", "pytest", "-x", "-p", "no:cacheprovider", *tests]
    else:
        return "left out", "starts servers"
    begun = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_SECONDS, env={**os.environ})
    except subprocess.TimeoutExpired:
        return "failed", f"not within {_LIMIT_SECONDS} s"
    if fault.command:
        lines = done.stdout.splitlines()
        figure = "; ".join(line.strip() for line in lines[-1 if fault.is_slow else -2 :])
    else:
        counts = re.findall(r"\d+ (?:passed|failed|skipped|error)", done.stdout)
        figure = f"{', '.join(counts) or 'no tests'} in {time.monotonic() - begun:.0f} s"
    return "failed" if done.returncode else "passed", " ".join(figure.split())


if __name__ == "__main__":
    raise SystemExit(main())
