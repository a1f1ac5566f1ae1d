"""The trained Rasa model: whether it is current, and making it so."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from faq_component.dialogue.voice import read_voice
from faq_component.encoders.shipped import encoder_place
from faq_component.errors import StartError
from faq_component.language import _
from faq_component.rasa.process.launch import quiet_environment
from faq_component.settings import load_settings
from faq_component.support.files import private_file, write_atomically

MODELS = Path("models")
STAMP = MODELS / "trained.sha256"
LOG = Path(".faq/train.log")
_LOG_LINES = 5


def is_current() -> bool:
    """Whether there is a model and nothing that it was trained from has changed since.

    `rasa train` finds out by itself, but takes half a minute to import Rasa first.
    """
    return STAMP.exists() and STAMP.read_text(encoding="utf-8") == stamp_of(training_digest())


def training_digest() -> str:
    """SHA-256 over what the Rasa model is made from; the FAQ is not in it, as nothing of it enters the model.

    Raises:
        FaqError: `config.yml` or the voice is faulty.
    """
    settings = load_settings()
    # The domain has the names of what the voice says; the sentences are read anew as they are said.
    said = sorted(read_voice(settings.voice).responses)
    digest = hashlib.sha256(f"rasa {version('rasa')}\n{settings.encoder}\n{' '.join(said)}\n".encode())
    for file in _sources():
        content = file.read_bytes()
        digest.update(f"{file.as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def stamp_of(digest: str) -> str:
    """What is noted after a training: also which model it made, since a bare `rasa train` may make another later."""
    models = sorted(MODELS.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime_ns)
    return f"{digest} {models[-1].name}" if models else ""


def _sources() -> Iterator[Path]:
    yield from (Path("config.yml"), Path("domain.yml"))
    yield from sorted(Path("bot").glob("*.yml"))
    package = Path(__file__).parents[1]
    yield from sorted([*package.glob("components/*.py"), *package.glob("project_files/*.yml")])
    encoder = Path(encoder_place(load_settings().encoder), "encoder.json")  # holds the checksums of the encoder's files
    if encoder.is_file():
        yield encoder


def train_model() -> float:
    """Run `rasa train`, its output in `.faq/train.log`; returns the seconds it took.

    Raises:
        StartError: the training failed; the message ends with the log's last lines.
    """
    start = time.monotonic()
    digest = training_digest()
    private_file(LOG)
    command = [sys.executable, "-m", "rasa", "train", "--out", str(MODELS)]
    with LOG.open("wb") as log:
        status = subprocess.run(command, stdout=log, stderr=log, env=quiet_environment(), check=False).returncode
    if status:
        lines = LOG.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        end = "\n".join(lines[-_LOG_LINES:])
        raise StartError(_("The training failed; {log} ends with:\n{lines}").format(log=LOG, lines=end))
    write_atomically(STAMP, stamp_of(digest).encode())
    return time.monotonic() - start
