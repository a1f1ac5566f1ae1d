"""Texts of users and peers steer no terminal through a log, and forge no record in it."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from faq_component.support.clean_logs import clean_logs, clean_rendered

HOSTILE = "a\x1b]0;title\x07\x1b[2J\x9b31m\u202eb\ud83d\r\n2026-01-01 ERROR root - forged\x85forged\u2028forged"
# What each program does first, and what it then logs: the programs are those that own their process.
PROGRAMS = {
    "faq": "import faq_component.cli as program; program.main(['check', 'is-not-there'])",
    "faq serve": "import faq_component.service.gunicorn_conf",
    "the action server": "import faq_component.rasa.actions",
    "Rasa": (
        "from faq_component.rasa.stand_ins import TensorFlowFinder; sys.meta_path.insert(0, TensorFlowFinder())\n"
        "import faq_component.rasa.components.faq_recall"
    ),
}


def is_clean(written: str, records: int) -> bool:
    begun = [line for line in written.split("\n") if line and not line[0].isspace()]
    return all(char.isprintable() or char in "\n\t" for char in written) and len(begun) == records


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    made = logging.getLogRecordFactory()
    logger, written = logging.Logger("test"), io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    clean_logs()
    yield logger, written
    logging.setLogRecordFactory(made)


def test_arguments_and_whole_messages_are_escaped(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.warning("%s said %r", HOSTILE, HOSTILE)
    logger.warning(HOSTILE)
    assert is_clean(written.getvalue(), records=2)
    assert written.getvalue().count("\n  2026-01-01 ERROR root - forged") == 2


def test_an_exceptions_text_is_escaped(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logger.exception("failed")
    assert is_clean(written.getvalue(), records=2)  # the message, and "Traceback"
    assert "ValueError: a\\u001b]0;title" in written.getvalue()


def test_a_clean_record_stays_as_it_is(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    record = logger.makeRecord("test", logging.INFO, "", 1, "%s faults:\n  %s", (2, "多行\t文字"), None)
    assert (record.msg, record.args) == ("%s faults:\n  %s", (2, "多行\t文字"))
    clean_logs()
    logger.warning("%d", "no number")  # logging itself reports this, on standard error
    assert written.getvalue() == ""


def test_colours_of_a_renderer_stay(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.warning(clean_rendered("\x1b[1mbold\x1b[0m \x1b[2J"))
    assert written.getvalue() == "WARNING \x1b[1mbold\x1b[0m \\u001b[2J\n"


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_program_keeps_its_log_clean(program: str) -> None:
    if program in ("the action server", "Rasa"):
        pytest.importorskip("rasa", reason="rasa is not installed")
    code = (
        f"import logging, sys\n{PROGRAMS[program]}\n"
        "print('begun', file=sys.stderr, flush=True)\n"
        f"logging.getLogger('another').error('%s', {HOSTILE!a})\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, errors="backslashreplace"
    )
    assert run.returncode == 0, run.stderr[-2000:]
    written = run.stderr.partition("begun\n")[2]
    assert "forged" in written
    assert is_clean(written, records=1)
