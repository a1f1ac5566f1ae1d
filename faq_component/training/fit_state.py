"""The settings and the result of a fit, kept in its folder: a stopped fit resumes only with the same settings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from faq_component.encoders.onnx import OnnxEncoder
from faq_component.errors import EncoderError
from faq_component.evaluation.metrics import Interval
from faq_component.language import _
from faq_component.support.files import write_atomically
from faq_component.training.checkpoints.saving import put_in_place


@dataclass(frozen=True)
class FitReport:
    """Hit@1 of the old and the new encoder on posts, or questions, that neither trained nor chose the new one.

    `difference` is hit@1 of dense retrieval, new minus old, with its interval; `p_value` is of McNemar's exact test;
    `minutes` counts from the last start; `placed` says whether the new encoder replaces the old one.
    """

    old: float
    new: float
    difference: Interval
    p_value: float
    queries: int
    minutes: float
    placed: bool


class FitState:
    """The folder of a fit: ``fit.json`` beside its rounds, ``encoder`` (the new one), ``previous`` (the replaced one).

    Args:
        work: the folder.
        encoder: folder of the encoder in use.
        content: what the fit depends on besides the encoder, as JSON values.

    Raises:
        EncoderError: the encoder cannot be read, or the folder holds another fit.
    """

    def __init__(self, work: Path, encoder: Path, content: Mapping[str, Any]) -> None:
        self._work, self._encoder, self._file = work, encoder, work / "fit.json"
        now = self._in_use()
        if not self._file.is_file():
            self._write({**content, "encoder": now})
            return
        self._content: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        wanted = {**content, "encoder": now}
        if self.report is not None and now == self._new():
            wanted["encoder"] = self._content["encoder"]
        other = [name for name in wanted if self._content.get(name) != wanted[name]]
        if other:
            raise EncoderError(
                _(
                    "{work} holds another fit, with another '{name}'; name another folder with --work, or remove this "
                    "one to start over: `previous` in it, if there, is the encoder before that fit"
                ).format(work=work, name=other[0])
            )

    @property
    def report(self) -> FitReport | None:
        """The report of a finished fit; None before."""
        values = self._content.get("report")
        return FitReport(**{**values, "difference": Interval(**values["difference"])}) if values else None

    def finish(self, report: FitReport) -> None:
        """Keep the report."""
        self._write({**self._content, "report": asdict(report)})

    def place(self) -> None:
        """Replace the encoder in use by the new one, and keep the old one."""
        if OnnxEncoder(self._encoder).fingerprint != self._new():
            shutil.copytree(self._encoder, self._work / "previous", dirs_exist_ok=True)
            self._write({**self._content, "placing": str(self._encoder.resolve())})
            put_in_place(self._work / "encoder", self._encoder)

    def _in_use(self) -> str:
        """Return the fingerprint of the encoder in use; finish a replacement that was interrupted."""
        try:
            return OnnxEncoder(self._encoder).fingerprint
        except EncoderError:
            content = json.loads(self._file.read_text(encoding="utf-8")) if self._file.is_file() else {}
            if content.get("placing") != str(self._encoder.resolve()):
                raise
            put_in_place(self._work / "encoder", self._encoder)
            return OnnxEncoder(self._encoder).fingerprint

    def _new(self) -> str:
        return OnnxEncoder(self._work / "encoder").fingerprint

    def _write(self, content: dict[str, Any]) -> None:
        self._content = content
        self._work.mkdir(parents=True, exist_ok=True)
        write_atomically(self._file, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())
