"""The confidence on any FAQ: simulated ones of few posts and many, in Chinese and English, leaving one corpus out.

`python -m benchmarks.any_faq --data ../shared/data` asks every simulated FAQ of `benchmarks.simulation` its test
questions. The prior that decides was fitted, and its bounds were chosen, on development questions of corpora of other
families only.

For each corpus, number of topics and of posts a topic, over all seeds, and for each target precision (0.90, 0.95,
0.98):

- precision: share of answers that are right, with 70% known questions, and removed topics and far messages in equal
  parts;
- coverage: share of the known questions that are answered correctly, and the greatest one that a threshold on the
  best score, on its lead, or on their sum reaches at the target precision, chosen on these very questions (oracle);
- shares of far messages, and of questions of removed topics, that are answered;
- share of clarifying questions that offer the right topic, and how many questions get one;
- AUROC of known against unknown questions.

The shops of HINT3, on which nothing was fitted or chosen, stand apart: their questions are what users wrote, and their
removed topics' questions are joined by what users wrote that no topic answers.

`--shipped` takes the shipped prior instead, which has seen the development questions of all corpora.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.corpora import SHOPS, read_corpora
from benchmarks.machine import machine
from benchmarks.prior import ENOUGH, add_data_flags, answered, probabilities, settings_of, with_bounds
from benchmarks.simulation import FAR, KNOWN, REMOVED, Floats, Measured, measure_all
from faq_component.decision.confidence import Prior, shipped_prior

TARGETS = (0.9, 0.95, 0.98)
_SHOWN = 0.95  # target precision of the tables by corpus and by posts
_ASK = 0.5
_MIDDLE = ("least", "median", "coverage", "oracle", "ratio")
_LAST = ("far answered", "removed answered", "asked", "offered", "AUROC")
Size = tuple[str, int, int]


def figures(ones: Sequence[Measured], prior: Prior, target: float) -> dict[str, float]:
    """Compute the figures of simulated FAQs of one size."""
    rows = [_of_one(one, prior, target) for one in ones]
    total = {name: sum(row[name] for row in rows) for name in rows[0]}
    return {
        "answers": total["answers"],
        "precision": total["right weight"] / total["answer weight"] if total["answer weight"] else float("nan"),
        "coverage": total["right weight"] / total["known weight"],
        "oracle": total["oracle"] / len(rows),
        "far answered": total["far answered"] / max(total["far"], 1),
        "removed answered": total["removed answered"] / max(total["removed"], 1),
        "asked": total["asked"] / total["questions"],
        "offered": total["offered"] / max(total["asked known"], 1),
        "AUROC": total["AUROC"] / len(rows),
    }


def _of_one(one: Measured, prior: Prior, target: float) -> dict[str, float]:
    probability = probabilities(prior, one)
    bound = prior.answer_from(target, one.share)
    said = answered(one, probability, bound)
    asked = ~said & (probability >= prior.ask_from(_ASK, one.share, bound))
    known = one.kind == KNOWN
    decided = np.where(one.certain, 1.0, probability)
    best, lead = (np.where(one.certain, 9.0, one.scores[:, column]) for column in (0, 1))
    return {
        "answers": float(said.sum()),
        "answer weight": float(one.weights[said].sum()),
        "right weight": float(one.weights[said & one.right].sum()),
        "known weight": float(one.weights[known].sum()),
        "oracle": max(oracle(one, score, target) for score in (best, lead, best + lead)),
        "far": float((one.kind == FAR).sum()),
        "far answered": float(said[one.kind == FAR].sum()),
        "removed": float((one.kind == REMOVED).sum()),
        "removed answered": float(said[one.kind == REMOVED].sum()),
        "questions": float(len(said)),
        "asked": float(asked.sum()),
        "asked known": float((asked & known).sum()),
        "offered": float((asked & known & one.offered).sum()),
        "AUROC": float(roc_auc_score(known, decided, sample_weight=one.weights))
        if 0 < known.sum() < len(known)
        else 1.0,
    }


def oracle(one: Measured, score: Floats, target: float) -> float:
    """Greatest share of known questions answered correctly by a threshold on a score, at a precision."""
    order = np.argsort(-score, kind="stable")
    weight, right = one.weights[order], one.right[order]
    answered_so_far, correct = np.cumsum(weight), np.cumsum(weight * right)
    last_of_its_kind = np.append(np.diff(score[order]) < 0, True)
    good = last_of_its_kind & (correct >= target * answered_so_far)
    return float(correct[good].max() / one.weights[one.kind == KNOWN].sum()) if good.any() else 0.0


def judge(measured: Sequence[Measured], priors: dict[str, Prior], target: float) -> dict[Size, dict[str, float]]:
    """Compute the figures of every size, each by the prior without its family."""
    sizes: defaultdict[Size, list[Measured]] = defaultdict(list)
    for one in measured:
        sizes[one.cell.size].append(one)
    return {size: figures(ones, priors[ones[0].family], target) for size, ones in sorted(sizes.items())}


def summary(found: dict[Size, dict[str, float]], target: float) -> str:
    """Summarise the figures of all sizes in one row of a table."""
    large = _precisions(found)
    near = np.mean([precision >= target - 0.02 for precision in large])
    return table_row(f"{target:.2f}", f"{near:.3f} of {len(large)}", *_means(found, large))


def print_by(what: str, found: dict[Size, dict[str, float]], target: float, key: Callable[[Size], str]) -> None:
    """Print the figures of the sizes that have the same key, a row for each key."""
    print_header(f"{what}, at {target}", "sizes", "with 50 answers", "at most 0.02 below", *_MIDDLE, *_LAST)
    groups: defaultdict[str, dict[Size, dict[str, float]]] = defaultdict(dict)
    for size, row in found.items():
        groups[key(size)][size] = row
    for name, group in groups.items():
        large = _precisions(group)
        near = sum(precision >= target - 0.02 for precision in large)
        print(table_row(name, f"{len(group)}", f"{len(large)}", f"{near}", *_means(group, large)))


def _precisions(found: dict[Size, dict[str, float]]) -> list[float]:
    return [row["precision"] for row in found.values() if row["answers"] >= ENOUGH]


def _means(found: dict[Size, dict[str, float]], large: Sequence[float]) -> list[str]:
    def mean(name: str) -> float:
        return float(np.mean([row[name] for row in found.values()]))

    return [
        *((f"{min(large):.3f}", f"{np.median(large):.3f}") if large else ("", "")),
        f"{mean('coverage'):.3f}",
        f"{mean('oracle'):.3f}",
        f"{mean('coverage') / mean('oracle'):.3f}",
        *(f"{mean(name):.4f}" for name in ("far answered", "removed answered")),
        *(f"{mean(name):.3f}" for name in ("asked", "offered", "AUROC")),
    ]


def _posts(size: Size) -> str:
    return "all" if size[2] == 10**6 else str(size[2])


def print_header(*names: str) -> None:
    """Print the header of a table."""
    print("\n" + table_row(*names))
    print(table_row(*["---"] * len(names)))


def table_row(*cells: str) -> str:
    """Format a row of a table."""
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_flags(parser)
    parser.add_argument("--role", choices=("dev", "test"), default="test", help="questions to ask")
    parser.add_argument("--seeds", type=int, default=3, help="number of FAQs of each size")
    parser.add_argument("--shipped", action="store_true", help="judge the shipped prior")
    parser.add_argument("--list", action="store_true", help="print a row for each size")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    arguments = parser.parse_args()
    settings = settings_of(arguments.cache)
    dev, test = (
        measure_all(settings, read_corpora(arguments.data, arguments.english, role), role, arguments.cache, seeds)
        for role, seeds in (("dev", 3), (arguments.role, arguments.seeds))
    )
    families = {one.family for one in test}
    priors = {
        name: shipped_prior() if arguments.shipped else with_bounds([o for o in dev if o.family != name], TARGETS)
        for name in families
    }
    results = {target: judge(test, priors, target) for target in TARGETS}
    print(machine("scikit-learn"))
    for title, are_shops in (("Corpora of the kind that the prior was fitted on:", False), ("The shops:", True)):
        kind = {
            target: {size: row for size, row in found.items() if (size[0] in SHOPS) is are_shops}
            for target, found in results.items()
        }
        if not kind[TARGETS[0]]:
            continue
        print(f"\n{title}")
        print_header("asked for", "sizes at most 0.02 below", *_MIDDLE, *_LAST)
        for target, found in kind.items():
            print(summary(found, target))
        print_by("corpus", kind[_SHOWN], _SHOWN, lambda size: size[0])
        print_by("posts a topic", dict(sorted(kind[_SHOWN].items(), key=lambda one: one[0][2])), _SHOWN, _posts)
    if arguments.list:
        print_header("corpus", "topics", "posts", "asked for", "answers", "precision", "coverage", "oracle", *_LAST)
        for target, found in results.items():
            for (corpus, topics, posts), row in found.items():
                cells = [f"{value:.3f}" for name, value in row.items() if name != "answers"]
                shown = _posts((corpus, topics, posts))
                print(f"| {corpus} | {topics} | {shown} | {target} | {row['answers']:.0f} | {' | '.join(cells)} |")
    if arguments.json:
        rows = [
            {"corpus": corpus, "topics": topics, "posts": posts, "asked for": target, **row}
            for target, found in results.items()
            for (corpus, topics, posts), row in found.items()
        ]
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
