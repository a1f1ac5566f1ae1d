"""``faq sample`` and ``faq clean``: pairs to train on, from one's own topics and from files."""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from faq_component.assistant.build_encoders import build_encoder
from faq_component.cli.console import ERRORS, add_settings_flags, progress, say, settings_of, write_json
from faq_component.encoders import Vectors
from faq_component.errors import SettingsError
from faq_component.evaluation.pairs import Pair, read_pairs
from faq_component.evaluation.queries import Query
from faq_component.knowledge import counts
from faq_component.knowledge.checking import Faq
from faq_component.knowledge.store import open_store
from faq_component.language import _
from faq_component.settings import Settings
from faq_component.text import normalize
from faq_component.training.pairs.cleaning import clean_pairs
from faq_component.training.pairs.clusters import CLUSTERINGS
from faq_component.training.pairs.examples import from_pairs
from faq_component.training.pairs.pair_files import write_pairs
from faq_component.training.pairs.posts import Posts
from faq_component.training.pairs.sampling import SampleCounts, cut, sample
from faq_component.training.pairs.sampling_settings import STRATEGIES, SamplingSettings
from faq_component.training.pairs.splits import split_posts, split_topics

_BATCH = 256
_DEFAULTS = SamplingSettings()


def add_commands(commands: Any) -> None:
    """Register the commands."""
    drawing = commands.add_parser("sample", help=_("draw training pairs from the topics of a knowledge base"))
    add_settings_flags(drawing, retriever=False)
    drawing.add_argument("--out", required=True, type=Path, help=_("the file to write: sentence1, sentence2, label"))
    _add_sampling_flags(drawing)
    held_out = drawing.add_mutually_exclusive_group()
    held_out.add_argument(
        "--hold-out-posts",
        type=float,
        metavar="SHARE",
        help=_("hold out this share of each topic's posts; 0.1 and seed 0 are what `faq train --topics` measures on"),
    )
    held_out.add_argument("--hold-out-topics", type=float, metavar="SHARE", help=_("hold out this share of the topics"))
    drawing.add_argument(
        "--held-out-pairs", type=Path, metavar="FILE", help=_("write pairs of what is held out to this file")
    )
    drawing.add_argument(
        "--drop-like",
        action="extend",
        nargs="+",
        default=[],
        metavar="FILE",
        help=_("drop pairs that are like the ones in these files"),
    )
    drawing.set_defaults(run=_sample)
    cleaning = commands.add_parser("clean", help=_("drop training pairs that are held out, contradict or repeat"))
    cleaning.add_argument("pairs", action="extend", nargs="+", help=_("pairs to train on: sentence1, sentence2, label"))
    cleaning.add_argument(
        "--against", action="extend", nargs="+", default=[], metavar="FILE", help=_("held-out pairs, one set per file")
    )
    cleaning.add_argument("--out", required=True, type=Path, help=_("the file to write"))
    cleaning.add_argument(
        "--max-pairs", type=int, default=0, help=_("keep at most so many, drawn at random; 0 keeps all")
    )
    cleaning.add_argument("--json", help=_("write the report to this file"))
    cleaning.set_defaults(run=_clean)


def _add_sampling_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--strategy", choices=STRATEGIES, default=_DEFAULTS.strategy, help=_("where negatives come from")
    )
    parser.add_argument(
        "--clustering",
        choices=CLUSTERINGS,
        default=_DEFAULTS.clustering,
        help=_("how posts are clustered; strategy local only"),
    )
    parser.add_argument("--beta", type=float, default=_DEFAULTS.beta, help=_("topics per cluster; strategy local only"))
    parser.add_argument(
        "--positives", type=int, default=_DEFAULTS.positives_per_post, help=_("most positive pairs per post")
    )
    parser.add_argument(
        "--negatives", type=int, default=_DEFAULTS.negatives_per_post, help=_("most negative pairs per post")
    )
    parser.add_argument("--skip", type=int, default=_DEFAULTS.skip, help=_("nearest posts to skip; strategy hard only"))
    parser.add_argument("--max-cosine", type=float, help=_("skip posts with a higher cosine, too; strategy hard only"))
    parser.add_argument(
        "--balance", type=float, metavar="RATIO", help=_("keep at most so many negative pairs per positive one")
    )
    parser.add_argument("--seed", type=int, default=_DEFAULTS.seed, help=_("seed of everything that is drawn"))


def _sampling_settings(arguments: argparse.Namespace) -> SamplingSettings:
    return SamplingSettings(
        positives_per_post=arguments.positives,
        negatives_per_post=arguments.negatives,
        strategy=arguments.strategy,
        clustering=arguments.clustering,
        beta=arguments.beta,
        skip=arguments.skip,
        max_cosine=arguments.max_cosine,
        balance=arguments.balance,
        seed=arguments.seed,
    )


def _sample(arguments: argparse.Namespace) -> int:
    sampling, settings = _sampling_settings(arguments), settings_of(arguments)
    if arguments.held_out_pairs and arguments.hold_out_posts is None and arguments.hold_out_topics is None:
        raise SettingsError(_("--held-out-pairs needs --hold-out-posts or --hold-out-topics, a share such as 0.1"))
    like = _named_pairs(arguments.drop_like)
    training: Faq = open_store(settings.faq).load(responses_required=False)
    held_out = None
    if arguments.hold_out_topics is not None:
        training, held_out = split_topics(training, arguments.hold_out_topics, arguments.seed)
        say(
            _("{held_out} held out, {left:,} to draw from").format(
                held_out=counts.topics(len(held_out.topics)), left=len(training.topics)
            )
        )
    elif arguments.hold_out_posts is not None:
        training, queries = split_posts(training, arguments.hold_out_posts, arguments.seed)
        held_out = _as_topics(training, queries)
        say(
            _("{held_out} held out, {left:,} to draw from").format(
                held_out=counts.posts(len(queries)), left=sum(len(topic.posts) for topic in training.topics)
            )
        )
    _draw_into(arguments.out, training, sampling, settings, like)
    if held_out and arguments.held_out_pairs:
        _draw_into(arguments.held_out_pairs, held_out, sampling, settings, {})
    return 0


def _as_topics(faq: Faq, queries: Sequence[Query]) -> Faq:
    """The topics with the held-out questions in place of their posts."""
    posts: dict[str | None, list[str]] = {}
    for query in queries:
        posts.setdefault(query.topic_id, []).append(query.text)
    return Faq.of(replace(topic, posts=tuple(posts[topic.id])) for topic in faq.topics if topic.id in posts)


def _draw_into(
    path: Path, faq: Faq, sampling: SamplingSettings, settings: Settings, like: dict[str, list[Pair]]
) -> None:
    vectors = None if sampling.strategy == "global" else _encode(Posts.of(faq).texts, settings)
    with ERRORS.status(_("drawing pairs")):
        drawn = sample(faq, sampling, vectors)
    pairs = [Pair(item.first, item.second, item.same, item.groups) for item in drawn.examples]
    for line in _describe(drawn.counts):
        say(line)
    if like:
        pairs = _cleaned(pairs, like)
    write_pairs(path, pairs)
    same = sum(pair.same for pair in pairs)
    say(
        _("{path}: {pairs}, {same:,} the same and {different:,} different").format(
            path=path, pairs=counts.pairs(len(pairs)), same=same, different=len(pairs) - same
        )
    )


def _encode(texts: Sequence[str], settings: Settings) -> Vectors:
    """The vectors of texts. *Shape:* ``(len(texts), dim)``."""
    encoder = build_encoder(settings)
    parts = [np.zeros((0, encoder.dim), dtype=np.float32)]
    starts = progress(_("encoding {posts}").format(posts=counts.posts(len(texts))))(range(0, len(texts), _BATCH))
    parts += [encoder.encode([normalize(text) for text in texts[start : start + _BATCH]]) for start in starts]
    return np.concatenate(parts)


def _describe(drawn: SampleCounts) -> list[str]:
    lines = [
        _("drawn: {positives:,} positive pairs, {negatives:,} negative ones").format(
            positives=drawn.positives, negatives=drawn.negatives
        )
    ]
    if drawn.clusters:
        lines.append(
            _(
                "{clusters:,} clusters; {filled:,} negatives were drawn from all posts, "
                "because the cluster had too few posts of other topics"
            ).format(clusters=drawn.clusters, filled=drawn.filled)
        )
    if drawn.ambiguous:
        lines.append(_("left out because they are in several topics: {count:,} posts").format(count=drawn.ambiguous))
    if drawn.cut:
        lines.append(_("left out for the balance: {pairs}").format(pairs=counts.pairs(drawn.cut)))
    return lines


def _clean(arguments: argparse.Namespace) -> int:
    against = _named_pairs(arguments.against)
    pairs = [pair for path in arguments.pairs for pair in read_pairs(path)]
    kept = _cleaned(pairs, against, arguments.json)
    if 0 < arguments.max_pairs < len(kept):
        name = arguments.out.name.partition(".")[0]  # groups of another file have other names
        groups = [item.groups for item in from_pairs(kept)]
        kept = [replace(p, topics=(f"{name}:{a}", f"{name}:{b}")) for p, (a, b) in zip(kept, groups, strict=True)]
        kept = cut(kept, arguments.max_pairs, random.Random(0))  # noqa: S311 (a sample, not a secret)
    write_pairs(arguments.out, kept)
    say(f"{arguments.out}: {counts.pairs(len(kept))}")
    return 0


def _cleaned(pairs: list[Pair], against: dict[str, list[Pair]], report_path: str | None = None) -> list[Pair]:
    kept, report = clean_pairs(pairs, against, progress(_("comparing with the held-out pairs")))
    for line in report.lines():
        say(line)
    if report_path:
        write_json(report_path, report.as_dict())
    return kept


def _named_pairs(paths: Sequence[str]) -> dict[str, list[Pair]]:
    """Pair files by the part of their names before the first dot."""
    sets: dict[str, list[Pair]] = {}
    for path in paths:
        name = Path(path).name.partition(".")[0]
        if name in sets:
            raise SettingsError(
                _("two files of held-out pairs are named '{name}'; rename one of them").format(name=name)
            )
        sets[name] = read_pairs(path)
    return sets
