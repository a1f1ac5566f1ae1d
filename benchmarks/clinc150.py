"""CLINC150 (English): its test questions among 30% messages out of its scope, and the bot at a precision of 0.95.

`python -m benchmarks.clinc150 --data ../shared/data --english .faq/corpora` makes an FAQ of its 150 intents, of ten
training questions each and of all 100, and asks the 4,500 test questions and the 1,000 out-of-scope ones. The prior
that decides was fitted, and its bounds were chosen, on development questions of the other families of corpora
(`benchmarks.prior`; half an hour where nothing is in the cache).

Published for models fine-tuned on all of its training questions: accuracy of BERT-base 0.965 to 0.975, AUROC of
out-of-scope questions 0.942 by BERT-base and 0.969 by SNGP (https://arxiv.org/abs/2006.10108).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

from benchmarks.any_faq import figures, print_header
from benchmarks.corpora import Simulated, read_corpora
from benchmarks.machine import machine
from benchmarks.prior import add_data_flags, answered, probabilities, settings_of, with_bounds
from benchmarks.simulation import KNOWN, Cell, Measured, measure, measure_all
from faq_component.decision.confidence import Prior
from faq_component.evaluation.metrics import bootstrap
from faq_component.knowledge.topics import Faq, Topic

TARGET = 0.95
NAME = "clinc150"


def read_clinc150(data: Path, posts: int | None) -> Simulated:
    """Read the FAQ, with this many posts of each topic (None: all), and what is asked."""
    folder = data / "topics"
    train, test, strange = (
        json.loads((folder / f"clinc150_{part}.json").read_text(encoding="utf-8"))
        for part in ("train", "test", "out_of_scope")
    )
    draw = random.Random(NAME)
    drawn = {name: draw.sample(texts, min(posts or len(texts), len(texts))) for name, texts in sorted(train.items())}
    faq = Faq.of(Topic(name, name, tuple(texts), ("",)) for name, texts in drawn.items())
    return Simulated(faq, [(text, name) for name, texts in test.items() for text in texts], [], strange["test"])


def row(one: Measured, prior: Prior) -> list[str]:
    """The cells of a table's row, with 95% intervals over the questions."""
    known = one.kind == KNOWN
    said = answered(one, probabilities(prior, one), prior.answer_from(TARGET, one.share))
    found = figures([one], prior, TARGET)
    return [
        "all" if one.cell.posts is None else str(one.cell.posts),
        str(bootstrap(one.right[known])),
        str(bootstrap((said & one.right)[known])),
        *(f"{found[name]:.3f}" for name in ("precision", "far answered", "AUROC", "oracle", "asked", "offered")),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_flags(parser)
    parsed = parser.parse_args(arguments)
    settings = settings_of(parsed.cache)
    dev = measure_all(settings, read_corpora(parsed.data, parsed.english, "dev"), "dev", parsed.cache)
    prior = with_bounds([one for one in dev if one.family != NAME], (TARGET,))
    print(machine("scikit-learn"))
    print_header(
        *("posts a topic", "hit@1", "answered correctly", "precision", "unknown answered", "AUROC"),
        *("best threshold", "asked to clarify", "with the right topic"),
    )
    for posts in (10, None):
        simulated = read_clinc150(parsed.data, posts)
        one = measure(settings, simulated, Cell(NAME, len(simulated.faq.topics), posts, 0), parsed.cache)
        print("| " + " | ".join(row(one, prior)) + " |", flush=True)


if __name__ == "__main__":
    main()
