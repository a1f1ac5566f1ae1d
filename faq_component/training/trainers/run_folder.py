"""The folder of a training: its settings, checkpoints, best encoder and curves.

::

    settings.json   settings and data; a training resumes only with the same ones
    checkpoints/    checkpoints of transformers' Trainer, from which a stopped training resumes
    encoder/        the best encoder so far
    best.json       its metrics
    curves.csv      the loss and every metric, step by step
    curves.png      plots of curves.csv, at most a minute older
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from faq_component.errors import EncoderError
from faq_component.language import _
from faq_component.support import files
from faq_component.support.files import write_atomically
from faq_component.training.pairs.examples import Example
from faq_component.training.settings import TrainingSettings

# Keys that an older folder may lack.
_SINCE = {"base_content", "begin_from_content", "measured"}
_BETWEEN_PLOTS = 60.0  # seconds


@dataclass(frozen=True)
class RunFolder:
    """The paths in the folder of a training, and their reading and writing."""

    path: Path

    @property
    def encoder(self) -> Path:
        """The best encoder so far."""
        return self.path / "encoder"

    @property
    def checkpoints(self) -> Path:
        """The checkpoints from which a stopped training resumes."""
        return self.path / "checkpoints"

    def claim(
        self, base: str, settings: TrainingSettings, examples: Sequence[Example], measured: Sequence[str], **more: Any
    ) -> None:
        """Write settings and data of the training; `measured` holds the fingerprints of the evaluators.

        Raises:
            EncoderError: the folder holds another training.
        """
        # A base in a folder may be retrained under the same name.
        content = {"base": base, "base_content": files.digest(Path(base)), **asdict(settings)}
        content |= {"pairs": len(examples), "data": digest(examples), "measured": list(measured), **more}
        file = self.path / "settings.json"
        if file.is_file():
            before = json.loads(file.read_text(encoding="utf-8"))
            names = (content.keys() | before.keys()) - (_SINCE - before.keys())
            other = sorted(name for name in names if content.get(name) != before.get(name))
            if other:
                message = _(
                    "{path} holds another training: {name} was {before!r} and is {now!r} now; choose another folder, "
                    "or remove this one to start over"
                )
                name = other[0]
                raise EncoderError(
                    message.format(path=self.path, name=name, before=before.get(name), now=content.get(name))
                )
        self._write("settings.json", content)

    def last_checkpoint(self) -> str | None:
        """Return the newest complete checkpoint, None if there is none."""
        complete = [folder for folder in self.checkpoints.glob("checkpoint-*") if _is_complete(folder)]
        return str(max(complete, key=lambda folder: int(folder.name.rpartition("-")[2]))) if complete else None

    def best(self) -> dict[str, float]:
        """Read the metrics of the best encoder; empty before the first evaluation."""
        file = self.path / "best.json"
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}

    def note_best(self, metrics: Mapping[str, float]) -> None:
        """Write the metrics of the best encoder."""
        self._write("best.json", dict(metrics))

    def write_curves(self, history: Sequence[Mapping[str, Any]], *, final: bool) -> None:
        """Write the loss and the metrics of each logged step as CSV, and as plots at the end and now and then before.

        A plot takes half a second, as long as a hundred steps of a small model.
        """
        names = sorted({name for row in history for name in row} - {"step", "epoch"})
        text = io.StringIO()
        table = csv.DictWriter(text, ["step", *names], extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        table.writerows(dict(row) for row in history)
        write_atomically(self.path / "curves.csv", text.getvalue().encode())
        if final or self._seconds_since_plot() > _BETWEEN_PLOTS:
            from faq_component.training.trainers.curves import plot_curves

            plot_curves(history, self.path / "curves.png")

    def _seconds_since_plot(self) -> float:
        """Return the age of the plots, or of the training where there are none since it was started."""
        written = [
            file.stat().st_mtime for name in ("settings.json", "curves.png") if (file := self.path / name).exists()
        ]
        return time.time() - max(written, default=0.0)

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        write_atomically(self.path / name, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())


def _is_complete(checkpoint: Path) -> bool:
    """Whether a checkpoint was written completely: the trainer writes its state last."""
    try:
        json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True


def digest(examples: Sequence[Example]) -> str:
    """Return a short hash of the pairs and their order."""
    content = hashlib.sha256()
    for example in examples:
        content.update(f"{example.first}\t{example.second}\t{int(example.same)}\n".encode())
    return content.hexdigest()[:16]
