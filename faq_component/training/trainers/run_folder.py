"""The folder of a training: what is trained, how far it is, its best encoder, its curves.

::

    settings.json   what is trained, and on what: a training goes on only with the same
    checkpoints/    of transformers' Trainer, to go on from after a stop
    encoder/        the best encoder so far
    best.json       its metrics
    curves.csv      the loss and every metric, step by step
    curves.png      the same as a picture
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from faq_component.errors import EncoderError
from faq_component.support import files
from faq_component.support.files import write_atomically
from faq_component.training.pairs.examples import Example
from faq_component.training.settings import TrainingSettings

# What an older folder may lack.
_SINCE = {"base_content", "begin_from_content", "measured"}


@dataclass(frozen=True)
class RunFolder:
    """The paths in a training's folder, and what is read from and written to them."""

    path: Path

    @property
    def encoder(self) -> Path:
        """The best encoder so far."""
        return self.path / "encoder"

    @property
    def checkpoints(self) -> Path:
        """What a stopped training goes on from."""
        return self.path / "checkpoints"

    def claim(
        self, base: str, settings: TrainingSettings, examples: Sequence[Example], measured: Sequence[str], **more: Any
    ) -> None:
        """Note what is trained here, and what it is measured on: `measured` are the evaluators' fingerprints.

        Raises:
            EncoderError: the folder holds another training.
        """
        # A base in a folder may be trained anew under the same name.
        content = {"base": base, "base_content": files.digest(Path(base)), **asdict(settings)}
        content |= {"pairs": len(examples), "data": digest(examples), "measured": list(measured), **more}
        file = self.path / "settings.json"
        if file.is_file():
            before = json.loads(file.read_text(encoding="utf-8"))
            names = (content.keys() | before.keys()) - (_SINCE - before.keys())
            other = sorted(name for name in names if content.get(name) != before.get(name))
            if other:
                raise EncoderError(
                    f"{self.path} holds another training: {other[0]} was {before.get(other[0])!r} and is "
                    f"{content.get(other[0])!r} now; choose another folder, or remove this one to begin anew"
                )
        self._write("settings.json", content)

    def last_checkpoint(self) -> str | None:
        """The newest whole checkpoint, None where there is none yet."""
        whole = [folder for folder in self.checkpoints.glob("checkpoint-*") if _is_whole(folder)]
        return str(max(whole, key=lambda folder: int(folder.name.rpartition("-")[2]))) if whole else None

    def best(self) -> dict[str, float]:
        """The metrics of the best encoder; empty before the first evaluation."""
        file = self.path / "best.json"
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}

    def note_best(self, metrics: Mapping[str, float]) -> None:
        """Write the metrics of the best encoder."""
        self._write("best.json", dict(metrics))

    def write_curves(self, history: Sequence[Mapping[str, Any]]) -> None:
        """Write the loss and the metrics of each logged step as CSV, and as a picture."""
        from faq_component.training.trainers.curves import plot_curves

        names = sorted({name for row in history for name in row} - {"step", "epoch"})
        text = io.StringIO()
        table = csv.DictWriter(text, ["step", *names], extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        table.writerows(dict(row) for row in history)
        write_atomically(self.path / "curves.csv", text.getvalue().encode())
        plot_curves(history, self.path / "curves.png")

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        write_atomically(self.path / name, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())


def _is_whole(checkpoint: Path) -> bool:
    """Whether it was written to its end: the trainer writes its state last."""
    try:
        json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True


def digest(examples: Sequence[Example]) -> str:
    """A short hash of the pairs and their order."""
    content = hashlib.sha256()
    for example in examples:
        content.update(f"{example.first}\t{example.second}\t{int(example.same)}\n".encode())
    return content.hexdigest()[:16]
