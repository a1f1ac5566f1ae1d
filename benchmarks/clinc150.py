"""CLINC150 (English): its test questions among 30% messages out of its scope, and the bot at a precision of 0.95.

`python -m benchmarks.clinc150 --data ../shared/data --english .faq/corpora` makes an FAQ of its 150 intents, of ten
training questions each and of all 100, and asks the 4,500 test questions and the 1,000 out-of-scope ones, which weigh
30%. With ten posts a topic the prior decides, here one that was fitted, and whose bounds were chosen, on development
questions of the other families of corpora (`benchmarks.prior`; half an hour where nothing is in the cache). With all of
them the confidence is fitted on the posts.

Published for models fine-tuned on all of its training questions: accuracy of BERT-base 0.965 to 0.975, AUROC of
out-of-scope questions 0.942 by BERT-base and 0.969 by SNGP (https://arxiv.org/abs/2006.10108).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from benchmarks.any_faq import print_header, table_row
from benchmarks.corpora import Simulated, read_corpora
from benchmarks.machine import machine
from benchmarks.prior import add_data_flags, answered, probabilities, settings_of, with_bounds
from benchmarks.simulation import KNOWN, Cell, Flags, Floats, Measured, measure, measure_all
from faq_component.assistant.assistant import Assistant
from faq_component.decision.confidence import KNOWN_SHARE, Prior
from faq_component.evaluation.metrics import bootstrap
from faq_component.knowledge.topics import Faq, Topic
from faq_component.settings import Settings
from faq_component.types import Outcome

TARGET = 0.95
FEW = 10
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


@dataclass(frozen=True)
class Asked:
    """What became of the questions, the known ones first. *Shape:* all ``(questions,)``."""

    known: Flags
    right: Flags  # the first topic
    answered: Flags
    confidence: Floats

    def row(self, posts: int | None) -> str:
        """Format the figures, with 95% intervals over the questions."""
        known, right = self.known, self.answered & self.right
        weights = np.where(known, KNOWN_SHARE / known.sum(), (1 - KNOWN_SHARE) / (~known).sum())
        return table_row(
            "all" if posts is None else str(posts),
            str(bootstrap(self.right[known])),
            str(bootstrap(right[known])),
            f"{weights[right & known].sum() / weights[self.answered].sum():.3f}",
            f"{self.answered[~known].mean():.3f}",
            f"{roc_auc_score(known, self.confidence):.3f}",
        )


def by_prior(one: Measured, prior: Prior) -> Asked:
    """Decide as the bot does about an FAQ of few posts."""
    probability = probabilities(prior, one)
    said = answered(one, probability, prior.answer_from(TARGET, one.share))
    return Asked(one.kind == KNOWN, one.right, said, np.where(one.certain, 1.0, probability))


def by_fit(settings: Settings, simulated: Simulated) -> Asked:
    """Ask the bot over an FAQ of so many posts that its confidence is fitted on them."""
    assistant = Assistant.over(simulated.faq, settings.override(answer_precision=TARGET))
    asked = [*simulated.known, *((text, "") for text in simulated.far)]
    found = [assistant.decide(text) for text, _topic_id in tqdm(asked, mininterval=10)]
    pairs = zip(found, asked, strict=True)
    return Asked(
        np.array([bool(topic_id) for _text, topic_id in asked]),
        np.array([bool(one.hits) and one.hits[0].topic_id == topic_id for one, (_text, topic_id) in pairs]),
        np.array([one.decision.outcome is Outcome.ANSWER for one in found]),
        np.array([one.decision.confidence for one in found]),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_flags(parser)
    parsed = parser.parse_args(arguments)
    settings = settings_of(parsed.cache)
    dev = measure_all(settings, read_corpora(parsed.data, parsed.english, "dev"), "dev", parsed.cache)
    prior = with_bounds([one for one in dev if one.family != NAME], (TARGET,))
    print(machine("scikit-learn"))
    print_header("posts a topic", "hit@1", "answered correctly", "precision", "unknown answered", "AUROC")
    few = read_clinc150(parsed.data, FEW)
    one = measure(settings, few, Cell(NAME, len(few.faq.topics), FEW, 0), parsed.cache)
    print(by_prior(one, prior).row(FEW), flush=True)
    print(by_fit(settings, read_clinc150(parsed.data, None)).row(None), flush=True)


if __name__ == "__main__":
    main()
