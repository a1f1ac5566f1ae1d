"""``faq evaluate-pairs``: how well an encoder tells sentence pairs that mean the same from those that do not."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from rich.table import Table

from faq_component.assistant.build_encoders import build_encoder
from faq_component.cli.console import ERRORS, OUT, settings_of, write_json
from faq_component.evaluation.pairs import find_thresholds, read_pairs, report_pairs, score_pairs
from faq_component.knowledge import counts
from faq_component.language import _


def add_commands(commands: Any) -> None:
    """Register the command."""
    pairs = commands.add_parser("evaluate-pairs", help=_("accuracy and F1 of the encoder on sentence pairs"))
    pairs.add_argument("--config", default="config.yml", help=_("Rasa configuration to read the settings from"))
    pairs.add_argument("--dev", required=True, help=_("pairs to choose the thresholds on: sentence1, sentence2, label"))
    pairs.add_argument("--test", required=True, help=_("pairs to report on"))
    pairs.add_argument("--encoder", help=_("folder of the encoder"))
    pairs.add_argument("--threads", type=int, help=_("threads of the encoder"))
    pairs.add_argument("--json", help=_("write the report to this file"))
    pairs.set_defaults(run=_evaluate_pairs)


def _evaluate_pairs(arguments: argparse.Namespace) -> int:
    encoder = build_encoder(settings_of(arguments))
    sets = {}
    for name in ("dev", "test"):
        pairs = read_pairs(getattr(arguments, name))
        with ERRORS.status(
            _("{name}: encoding the sentences of {pairs}").format(name=name, pairs=counts.pairs(len(pairs)))
        ):
            sets[name] = score_pairs(encoder, pairs), np.array([pair.same for pair in pairs])
    thresholds = find_thresholds(*sets["dev"])
    reports = {name: report_pairs(scores, same, thresholds) for name, (scores, same) in sets.items()}
    table = Table(_("set"), _("pairs"), _("accuracy"), "F1", "Spearman", _("average precision"))
    for name, report in reports.items():
        table.add_row(
            name,
            f"{report.pairs:,}",
            str(report.accuracy),
            str(report.f1),
            f"{report.spearman:.4f}",
            f"{report.average_precision:.4f}",
        )
    OUT.print(table)
    if arguments.json:
        values: dict[str, Any] = {
            name: {
                "accuracy": report.accuracy.value,
                "f1": report.f1.value,
                "spearman": report.spearman,
                "average_precision": report.average_precision,
                "pairs": report.pairs,
                "intervals": {"accuracy": vars(report.accuracy), "f1": vars(report.f1)},
            }
            for name, report in reports.items()
        }
        write_json(arguments.json, {**values, "threshold": vars(thresholds)})
    return 0
