"""Fit the prior over FAQs, and write `faq_component/decision/confidence/prior.json`.

`python -m benchmarks.prior --data ../shared/data --english .faq/corpora` simulates FAQs of 12 topics to 1,500, with
1, 2, 3, 6, 12 and all posts a topic, from every corpus of `benchmarks.corpora` (development questions). Each is asked
known questions, questions of removed topics, and messages of other domains. It fits two logistic regressions at once,
on standardised features with an L2 penalty: the weights for FAQs of one post a topic, and those for FAQs of ten and
more. Corpora count alike. Each FAQ's own posts, held out, then move its logits (`OffsetPrior`).

Bounds are chosen on probabilities that were fitted without the family of the corpus: for each target precision the
least bounds, for few and for many posts, with which nine of ten sizes are at most 0.02 below the target, were the
precisions of sizes normal (mean less 1.28 standard deviations, of sizes with at least 50 answers: to count them varies
more from draw to draw), and questions of removed topics are answered seldom enough.

It takes half an hour on one core, and goes on where it was stopped. `python -m benchmarks.any_faq` measures the
result.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.corpora import read_corpora
from benchmarks.simulation import REMOVED, Flags, Floats, Measured, measure_all
from faq_component.decision.confidence import OffsetPrior, Verdict
from faq_component.decision.confidence.prior import PRIOR_FILE, Bounds, Line, Prior
from faq_component.settings import Settings, load_settings
from faq_component.support.files import write_atomically

ANSWERS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)
ASKS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
ENOUGH = 50  # answers of a size whose precision counts
_INVERSE_PENALTY = 0.01
_SLACK = 0.02
_DEVIATIONS = 1.28  # below the mean, above which nine of ten of a normal distribution lie
# Chosen on probabilities, and by bounds, that were fitted without the family.
_OFFSETS = OffsetPrior(least=0.8, mean=0.3, spread=1.5, worth=12.0)
_GRID = np.round(np.arange(0.5, 0.991, 0.005), 3)


def fit(measured: Sequence[Measured]) -> Prior:
    """Fit the weights; the bounds are empty."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    families = Counter(one.family for one in measured)
    rows = np.vstack([one.features[~one.certain] for one in measured])
    right = np.concatenate([one.right[~one.certain] for one in measured])
    shares = np.concatenate([np.full(int((~one.certain).sum()), one.share) for one in measured])
    weights = np.concatenate([one.weights[~one.certain] / families[one.family] for one in measured])
    scaler = StandardScaler().fit(rows)
    scaled = scaler.transform(rows)
    # Few and many are expressed by the weights at one post, and what is added to them per share.
    design = np.hstack([scaled, scaled * shares[:, None], shares[:, None]])
    model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=3_000)
    model.fit(design, right, sample_weight=weights * len(weights) / weights.sum())
    count = rows.shape[1]
    at_one, added, further = model.coef_[0][:count], model.coef_[0][count:-1], float(model.coef_[0][-1])
    few = _unscaled(at_one, float(model.intercept_[0]), scaler)
    many = _unscaled(at_one + added, float(model.intercept_[0]) + further, scaler)
    return Prior(few, many, (), (), _OFFSETS)


def _unscaled(weights: Floats, intercept: float, scaler: object) -> Line:
    scale, mean = scaler.scale_, scaler.mean_  # type: ignore[attr-defined]
    own = weights / scale
    return Line(round(intercept - float(own @ mean), 4), tuple(round(float(weight), 4) for weight in own))


def probabilities(prior: Prior, one: Measured) -> Floats:
    """Probability of each question to a simulated FAQ. *Shape:* ``(questions,)``."""
    posts = one.held_out
    of_posts = _probabilities(prior, posts.features, posts.share, 0.0)
    offset = prior.offsets.offset(list(map(Verdict, of_posts.tolist(), posts.right.tolist())))
    return _probabilities(prior, one.features, np.full(len(one.features), one.share), offset)


def _probabilities(prior: Prior, features: Floats, share: Floats, offset: float) -> Floats:
    few, many = (line.intercept + features @ np.array(line.weights) for line in (prior.few, prior.many))
    result: Floats = 1 / (1 + np.exp(-np.clip((1 - share) * few + share * many + offset, -30, 30)))
    return result


def answered(one: Measured, probability: Floats, bound: float) -> Flags:
    """Return which questions are answered."""
    result: Flags = one.certain | ((probability >= bound) & ~one.doubted & ~one.apart)
    return result


def out_of_family(measured: Sequence[Measured]) -> list[Floats]:
    """Return the probabilities of each simulated FAQ by a prior without the family of its corpus."""
    families = sorted({one.family for one in measured})
    priors = {name: fit([one for one in measured if one.family != name]) for name in families}
    return [probabilities(priors[one.family], one) for one in measured]


def with_bounds(measured: Sequence[Measured], targets: Sequence[float] = ANSWERS) -> Prior:
    """Fit the weights on all simulated FAQs, and choose the bounds on probabilities out of their family."""
    foreign = out_of_family(measured)
    sizes = _sizes(measured, foreign)
    answers = [_answer_bounds(sizes, target) for target in targets]
    asks = [_ask_bounds(measured, foreign, target, answers[targets.index(0.95)]) for target in ASKS]
    return replace(fit(measured), answers=_ascending(answers), asks=_ascending(asks))


class _Sizes(NamedTuple):
    """What the sizes of simulated FAQs get at each bound of the grid.

    *Shape:* `shares` (how much one of many posts) and `families` (sizes of the same family) ``(sizes,)``, the others
    ``(sizes, bounds)``.
    """

    shares: Floats
    families: Floats
    precision: Floats
    answers: Floats
    removed: Floats


def _sizes(measured: Sequence[Measured], foreign: Sequence[Floats]) -> _Sizes:
    sizes: defaultdict[tuple[str, int, int], list[int]] = defaultdict(list)
    for number, one in enumerate(measured):
        sizes[one.cell.size].append(number)
    first = [measured[rows[0]] for rows in sizes.values()]
    families = Counter(one.family for one in first)
    figures = np.array([[_figures(measured, foreign, rows, bound) for bound in _GRID] for rows in sizes.values()])
    return _Sizes(
        np.array([one.share for one in first]),
        np.array([families[one.family] for one in first]),
        *np.moveaxis(figures, -1, 0),
    )


def _answer_bounds(sizes: _Sizes, target: float) -> Bounds:
    """Choose the least bounds, for few posts and for many, with which nine of ten sizes are precise enough."""
    seldom = sizes.removed.mean(axis=0) <= 1 - target
    bounds = []
    for share in (1 - sizes.shares, sizes.shares):
        weights = np.where(sizes.answers >= ENOUGH, (share / sizes.families)[:, None], 1e-12)
        weights /= weights.sum(axis=0)
        mean = (weights * sizes.precision).sum(axis=0)
        deviation = np.sqrt((weights * (sizes.precision - mean) ** 2).sum(axis=0))
        good = np.flatnonzero((mean - _DEVIATIONS * deviation >= target - _SLACK) & seldom)
        bounds.append(float(_GRID[good[0] if len(good) else -1]))
    return Bounds(target, *bounds)


def _figures(
    measured: Sequence[Measured], foreign: Sequence[Floats], rows: Sequence[int], bound: float
) -> tuple[float, float, float]:
    """Return the precision at a bound, the number of answers, and the answered share of removed topics' questions."""
    weight = right = count = removed = asked = 0.0
    for row in rows:
        one = measured[row]
        said = answered(one, foreign[row], bound)
        weight += float((one.weights * said).sum())
        right += float((one.weights * said * one.right).sum())
        count += int(said.sum())
        removed += int(said[one.kind == REMOVED].sum())
        asked += int((one.kind == REMOVED).sum())
    return right / max(weight, 1e-9), count, removed / max(asked, 1)


def _ask_bounds(measured: Sequence[Measured], foreign: Sequence[Floats], target: float, answers: Bounds) -> Bounds:
    """Choose the lowest bounds above which this share of clarifying questions offer the right topic."""
    bounds = []
    for is_many in (False, True):
        values, offered, weights = [], [], []
        for one, probability in zip(measured, foreign, strict=True):
            if (one.share >= 0.5) is not is_many:
                continue
            bound = (1 - one.share) * answers.few + one.share * answers.many
            unsure = ~one.certain & (probability < bound)
            values.append(probability[unsure])
            offered.append(one.offered[unsure])
            weights.append(one.weights[unsure])
        order = np.argsort(-np.concatenate(values))
        value, weight = np.concatenate(values)[order], np.concatenate(weights)[order]
        good = np.cumsum(weight * np.concatenate(offered)[order]) >= target * np.cumsum(weight)
        bounds.append(round(float(value[np.flatnonzero(good).max()]), 3) if good.any() else 1.0)
    return Bounds(target, *bounds)


def _ascending(bounds: Sequence[Bounds]) -> tuple[Bounds, ...]:
    """Let no bound be lower than that of a lower target."""
    result: list[Bounds] = []
    for bound in bounds:
        last = result[-1] if result else bound
        result.append(Bounds(bound.precision, max(bound.few, last.few), max(bound.many, last.many)))
    return tuple(result)


def add_data_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that name the data."""
    parser.add_argument("--data", type=Path, required=True, help="folder of the measuring data")
    parser.add_argument("--english", type=Path, default=Path(".faq/corpora"), help="folder of the English corpora")
    parser.add_argument("--cache", type=Path, default=Path(".faq/simulated"), help="folder of what has been measured")


def settings_of(cache: Path) -> Settings:
    """Return the settings of config.yml, with caches of their own."""
    return load_settings().override(cache_dir=str(cache / "faq"), threads=1)


def main() -> None:
    """Fit and write the prior."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_flags(parser)
    parser.add_argument("--out", type=Path, default=PRIOR_FILE)
    arguments = parser.parse_args()
    corpora = read_corpora(arguments.data, arguments.english, "dev")
    prior = with_bounds(measure_all(settings_of(arguments.cache), corpora, "dev", arguments.cache))
    write_atomically(arguments.out, (json.dumps(prior.to_json(), indent=1, ensure_ascii=False) + "\n").encode())


if __name__ == "__main__":
    main()
