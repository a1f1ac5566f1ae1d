"""Learning from use: simulated FAQs over a simulated month, with and without what users say.

`python -m benchmarks.learning --data ../shared/data` takes the simulated FAQs of `benchmarks.prior` (development
questions) and a prior without the family of each. A third of the questions, drawn at random, is kept for measuring. The
others are asked over twenty days, each once, as many unknown ones as make 70% known. What users say:

- 70% of those who are asked to clarify and find their topic pick it, and 5% of these pick another that is offered;
- 40% of those who are asked to clarify and do not find it say so;
- one in ten rates an answer, truly.

Each evening the confidence learns as a running bot does: a shift is fitted on the earlier two thirds of the labels, and
used where the latest third bears it out. The table shows coverage and precision of the questions kept for measuring,
weighted as in `benchmarks.any_faq`.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from benchmarks.any_faq import print_header
from benchmarks.corpora import read_corpora
from benchmarks.machine import machine
from benchmarks.prior import add_data_flags, answered, out_of_family, settings_of, with_bounds
from benchmarks.simulation import KNOWN, Floats, Measured, measure_all
from faq_component.assistant.learning import FEWEST, LATER, Answers, is_borne_out
from faq_component.decision.confidence import KNOWN_SHARE, Prior, Shift, Verdict, fit_shift

_DAYS, _MEASURED = 20, 1 / 3
_PICKS, _ERRS, _REFUSES, _RATES = 0.7, 0.05, 0.4, 0.1
_TARGET, _ASK = 0.95, 0.5


def month(one: Measured, probability: Floats, prior: Prior, seed: int) -> dict[str, float]:
    """Play a month over one FAQ; return weights of answers and right ones with and without learning, and of known."""
    draw = np.random.default_rng(seed)
    bound = max(prior.answer_from(_TARGET, one.share), 0.5)
    ask = prior.ask_from(_ASK, one.share, bound)
    order = draw.permutation(len(one.kind))
    last, others = np.split(order, [round(len(order) * _MEASURED)])
    unknown = one.kind[others] != KNOWN
    wanted = (~unknown).sum() * (1 - KNOWN_SHARE) / KNOWN_SHARE / max(unknown.sum(), 1)
    first = others[~unknown | (draw.random(len(others)) < wanted)]
    shift, labels = Shift(), list[Verdict]()
    for day in np.array_split(first, _DAYS):
        now = np.array([shift.moved(value) for value in probability])
        said = answered(one, now, bound)
        for row in day:
            if one.certain[row]:
                continue
            if said[row]:
                if draw.random() < _RATES:
                    labels.append(Verdict(float(probability[row]), bool(one.right[row])))
            elif now[row] >= ask:
                verdict = _picked(one, int(row), draw)
                if verdict is not None:
                    labels.append(Verdict(float(probability[row]), verdict))
        shift = _evening(labels, bound, shift)
    moved = np.array([shift.moved(value) for value in probability])
    before, after = answered(one, probability, bound)[last], answered(one, moved, bound)[last]
    weights, right = one.weights[last], one.right[last]
    return {
        "known": float(weights[one.kind[last] == KNOWN].sum()),
        "labels": float(len(labels)),
        "used": float(shift != Shift()),
        "answered before": float(weights[before].sum()),
        "right before": float(weights[before & right].sum()),
        "answered": float(weights[after].sum()),
        "right": float(weights[after & right].sum()),
    }


def _picked(one: Measured, row: int, draw: np.random.Generator) -> bool | None:
    """Whether the label that a user gives says that the first hit is right; None where the user gives none."""
    if one.offered[row]:
        if draw.random() >= _PICKS:
            return None
        return bool(one.right[row]) if draw.random() >= _ERRS else not one.right[row]
    return False if draw.random() < _REFUSES else None


def _evening(labels: Sequence[Verdict], bound: float, shift: Shift) -> Shift:
    """Learn as `faq_component.assistant.learning.learn` does."""
    if len(labels) < FEWEST:
        return shift
    later = round(LATER * len(labels))
    found = fit_shift(labels[:-later])
    judged = labels[-later:]
    before, after = (
        Answers(len(said), sum(said))
        for said in ([right for value, right in judged if tried.moved(value) >= bound] for tried in (Shift(), found))
    )
    return found if is_borne_out(before, after, _TARGET) else Shift()


def main() -> None:
    """Play the months, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_flags(parser)
    parser.add_argument("--months", type=int, default=10, help="months of each FAQ, with other users")
    arguments = parser.parse_args()
    settings = settings_of(arguments.cache)
    measured = measure_all(settings, read_corpora(arguments.data, arguments.english, "dev"), "dev", arguments.cache)
    foreign = out_of_family(measured)
    families = sorted({one.family for one in measured})
    bounds = {name: with_bounds([one for one in measured if one.family != name], (_TARGET,)) for name in families}
    sums: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one, probability in zip(measured, foreign, strict=True):
        for number in range(arguments.months):
            played = month(one, probability, bounds[one.family], number)
            posts = f"{one.cell.posts or 'all'} posts a topic"
            for name in (one.family, posts, "all"):
                for key, value in {**played, "months": 1.0}.items():
                    sums[name][key] += value
    print(machine("scikit-learn"))
    print_header("FAQs", "labels a month", "moved", "coverage before", "after", "precision before", "after")
    for name, total in sums.items():
        cells = [
            f"{total['labels'] / total['months']:.0f}",
            f"{total['used'] / total['months']:.2f}",
            f"{total['right before'] / total['known']:.3f}",
            f"{total['right'] / total['known']:.3f}",
            f"{total['right before'] / total['answered before']:.3f}",
            f"{total['right'] / total['answered']:.3f}",
        ]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
