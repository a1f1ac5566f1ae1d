"""The trained Rasa model: whether it is current, and making it so."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from faq_component.errors import StartError
from faq_component.files import write_atomically
from faq_component.launch import quiet_environment

MODELS = Path("models")
STAMP = MODELS / "trained.sha256"
LOG = Path(".faq/train.log")
_LOG_LINES = 5


def is_current() -> bool:
    """Whether there is a model and nothing that it was trained from has changed since.

    `rasa train` finds out by itself, but takes half a minute to import Rasa first.
    """
    return any(MODELS.glob("*.tar.gz")) and STAMP.exists() and STAMP.read_text(encoding="utf-8") == training_digest()


def training_digest() -> str:
    """SHA-256 over what the Rasa model is made from; the FAQ is not in it, as nothing of it enters the model."""
    digest = hashlib.sha256(f"rasa {version('rasa')}\n".encode())
    for file in _sources():
        content = file.read_bytes()
        digest.update(f"{file.as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield Path("config.yml")
    yield from sorted(Path("bot").glob("*.yml"))
    yield from sorted(Path(__file__).parent.joinpath("nlu").glob("*.py"))
    yield Path("models/encoder/encoder.json")  # it holds the checksums of the encoder's files


def train_model() -> float:
    """Run `rasa train`, its output in `.faq/train.log`; returns the seconds it took.

    Raises:
        StartError: the training failed; the message ends with the log's last lines.
    """
    start = time.monotonic()
    digest = training_digest()
    LOG.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, "-m", "rasa", "train", "--out", str(MODELS)]
    with LOG.open("wb") as log:
        status = subprocess.run(command, stdout=log, stderr=log, env=quiet_environment(), check=False).returncode
    if status:
        lines = LOG.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise StartError("The training failed; " + str(LOG) + " ends with:\n" + "\n".join(lines[-_LOG_LINES:]))
    write_atomically(STAMP, digest.encode())
    return time.monotonic() - start
