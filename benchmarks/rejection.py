"""Rejection of unknown questions: the fitted confidence against three peers.

`python -m benchmarks.rejection --data ../shared/data` takes three FAQs (the demo, `chitchat_zh` with a tenth of its
posts held out, MASSIVE zh-CN), removes topics at random so that 25, 50 and 75% of them stay, and asks the held-out
questions of all topics: those of removed topics are unknown. On the whole FAQ out-of-domain sentences are the unknown
questions. The bot is as served: the confidence is refitted on each reduced FAQ, and sees none of the questions.

For each FAQ and share it prints:

- AUROC of known against unknown questions, and the share of unknown ones accepted where 95% of the known ones are
  (FPR), for the confidence, and for three peers on the same encoder: the greatest cosine; the softmax over topics
  (Hendrycks and Gimpel 2017; temperature 0.05, topics by their nearest post); the adaptive decision boundary (Zhang et
  al. 2021), whose radius of each topic is the median distance of its posts to their mean, the exact minimum of the
  paper's boundary loss.
- hit@1 of the known questions; the shares of them that are answered correctly and asked to clarify; the precision of
  answers, with 70% known questions, and removed topics and out-of-domain sentences in equal parts.

95% intervals are of 200 bootstrap resamples of the questions, over the mean of all seeds. All seeds ask the same
questions, so a resample takes each of them equally often in every seed.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score, roc_curve
from tqdm import tqdm

from benchmarks.machine import machine
from benchmarks.sentences import draw_texts, sentences_of
from faq_component.assistant.assistant import Assistant
from faq_component.assistant.build_encoders import build_encoder
from faq_component.decision.confidence import KNOWN_SHARE
from faq_component.encoders.cache import CachedEncoder
from faq_component.evaluation.queries import Query, halves, hold_out, load_queries, load_unknown
from faq_component.knowledge.checking import Faq, load_faq
from faq_component.settings import Settings, load_settings
from faq_component.text import normalize
from faq_component.types import Outcome

SHARES = (0.25, 0.5, 0.75, 1.0)
PEERS = ("greatest cosine", "softmax", "adaptive boundary")
_TEMPERATURE = 0.05
_MOST = 1_000
_OUT_OF_DOMAIN = 400  # sentences of each domain
_RESAMPLES = 200

Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Asked:
    """Results of the questions of one kind, a row each.

    `texts` are the questions. `scores` has the confidence and then the peers' scores, *shape* ``(questions, 4)``;
    `right` is hit@1, `outcome` what the bot did.
    """

    texts: Sequence[str]
    scores: Floats
    right: npt.NDArray[np.bool_]
    outcome: Sequence[Outcome]

    def take(self, rows: npt.NDArray[np.int64]) -> Asked:
        """Select rows."""
        return Asked(
            [self.texts[row] for row in rows], self.scores[rows], self.right[rows], [self.outcome[row] for row in rows]
        )

    def is_(self, outcome: Outcome) -> npt.NDArray[np.bool_]:
        """Return which questions had this outcome."""
        return np.array([found is outcome for found in self.outcome], dtype=bool)


def load_sets(data: Path, half: str) -> dict[str, tuple[Faq, list[Query], list[str]]]:
    """Return FAQs with a seeded half (``dev`` or ``test``) of their held-out questions and out-of-domain sentences."""
    chitchat, chat_queries = hold_out(load_faq(data / "topics/chitchat_zh.json", responses_required=False))
    massive = load_faq(data / "topics/massive_zh_train.json", responses_required=False)
    demo = load_faq("data/faq")
    files = data / "pairs/medical_train.tsv.gz", data / "pairs/bq_dev.tsv.gz"
    out_of_domain = [text for file in files for text in draw_texts(sentences_of(file), _OUT_OF_DOMAIN)]
    out_of_scope = [query.text for query in load_unknown("data/out_of_scope.json")]
    part = ("dev", "test").index(half)
    return {
        "demo": (demo, halves(load_queries("data/held_out.json", demo))[part], halves(out_of_scope)[part]),
        "chitchat_zh": (chitchat, halves(chat_queries)[part], halves(out_of_domain)[part]),
        "MASSIVE zh-CN": (
            massive,
            halves(load_queries(data / f"topics/massive_zh_{half}.json", massive))[0][:_MOST],
            halves(out_of_domain)[part],
        ),
    }


def ask_all(
    settings: Settings, reduced_faq: tuple[Faq, list[Query], list[Query]], out_of_domain: list[Query]
) -> tuple[Asked, Asked, Asked]:
    """Ask known questions, those of removed topics and out-of-domain ones, as served and with the peers."""
    faq, known, removed = reduced_faq
    assistant = Assistant.over(faq, settings)
    encoder = CachedEncoder(build_encoder(settings), Path(settings.cache_dir) / "vectors.sqlite")
    peers = Peers(faq, encoder.encode)

    def ask(queries: list[Query]) -> Asked:
        found = [assistant.decide(query.text) for query in queries]
        right = [
            bool(result.hits) and result.hits[0].topic_id == query.topic_id
            for query, result in zip(queries, found, strict=True)
        ]
        own = np.array([result.decision.confidence for result in found])[:, None]
        others = peers.scores(encoder.encode([normalize(query.text) for query in queries]))
        return Asked(
            [query.text for query in queries],
            np.hstack([own, others]),
            np.array(right, dtype=bool),
            [result.decision.outcome for result in found],
        )

    return ask(known), ask(removed), ask(out_of_domain)


class Peers:
    """Three scores of the same encoder, which the confidence is compared with."""

    def __init__(self, faq: Faq, encode: Callable[[Sequence[str]], Vectors]) -> None:
        self._vectors = encode([normalize(post) for topic in faq.topics for post in topic.posts])
        sizes = np.array([len(topic.posts) for topic in faq.topics])
        self._starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self._centres = np.add.reduceat(self._vectors, self._starts) / sizes[:, None]
        distances = np.linalg.norm(self._vectors - np.repeat(self._centres, sizes, axis=0), axis=1)
        self._radii = np.array([np.median(part) for part in np.split(distances, self._starts[1:])])

    def scores(self, queries: Vectors) -> Floats:
        """Compute the scores; greater is more certain. *Shape:* ``(queries, dim)`` to ``(queries, 3)``."""
        nearest = np.maximum.reduceat(queries @ self._vectors.T, self._starts, axis=1).astype(np.float64)
        best = nearest.max(axis=1)
        softmax = 1 / np.exp((nearest - best[:, None]) / _TEMPERATURE).sum(axis=1)
        distances = np.linalg.norm(queries[:, None, :] - self._centres[None], axis=2)
        topic = distances.argmin(axis=1)
        boundary = self._radii[topic] - distances[np.arange(len(queries)), topic]
        return np.stack([best, softmax, boundary], axis=1)


def figures(known: Asked, removed: Asked, out_of_domain: Asked) -> dict[str, float]:
    """Compute all figures of an FAQ with some of its topics."""
    unknown = removed if len(removed.right) else out_of_domain
    is_known = np.repeat([True, False], [len(known.right), len(unknown.right)])
    scores = np.concatenate([known.scores, unknown.scores])
    result = {}
    for column, name in enumerate(("confidence", *PEERS)):
        result[f"AUROC {name}"] = float(roc_auc_score(is_known, scores[:, column]))
        false, true, _ = roc_curve(is_known, scores[:, column])
        result[f"FPR {name}"] = float(false[np.searchsorted(true, 0.95)])
    result["hit@1"] = float(known.right.mean())
    answered = known.is_(Outcome.ANSWER)
    result["right"] = float((answered & known.right).mean())
    result["asked back"] = float(known.is_(Outcome.CLARIFY).mean())
    kinds = [kind for kind in (removed, out_of_domain) if len(kind.right)]
    wrong = sum((1 - KNOWN_SHARE) / len(kinds) * float(kind.is_(Outcome.ANSWER).mean()) for kind in kinds)
    given = KNOWN_SHARE * float(answered.mean()) + wrong
    result["precision"] = KNOWN_SHARE * result["right"] / given if given else float("nan")
    return result


def resampled(parts: Sequence[tuple[Asked, Asked, Asked]], draw: np.random.Generator) -> dict[str, float]:
    """Compute the mean of the figures over the seeds, on a resample of the questions and the out-of-domain sentences.

    A question is drawn equally often in all seeds, whether its topic was removed there or not: its results in the
    seeds are correlated.
    """
    of_faq = _times(draw, [kind for known, removed, _ in parts for kind in (known, removed)])
    of_others = _times(draw, [out_of_domain for _, _, out_of_domain in parts])

    def again(kind: Asked, times: Counter[str]) -> Asked:
        return kind.take(np.repeat(np.arange(len(kind.texts)), [times[text] for text in kind.texts]))

    return mean_of(
        [
            figures(again(known, of_faq), again(removed, of_faq), again(out_of_domain, of_others))
            for known, removed, out_of_domain in parts
        ]
    )


def _times(draw: np.random.Generator, kinds: Sequence[Asked]) -> Counter[str]:
    """Draw how often each question is taken: as many draws as there are distinct questions."""
    texts = sorted({text for kind in kinds for text in kind.texts})
    return Counter(texts[row] for row in draw.integers(len(texts), size=len(texts)).tolist())


def mean_of(results: Sequence[dict[str, float]]) -> dict[str, float]:
    """Compute the mean of each figure."""
    return {name: float(np.mean([result[name] for result in results])) for name in results[0]}


def main() -> None:
    """Measure, and print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the measuring data")
    parser.add_argument("--config", default="config.yml")
    parser.add_argument("--encoder", help="an encoder in place of the configured one")
    parser.add_argument("--half", choices=("dev", "test"), default="test", help="half of the questions to ask")
    parser.add_argument("--only", action="append", help="measure only this FAQ")
    parser.add_argument("--seeds", type=int, default=3, help="number of draws of the topics")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    arguments = parser.parse_args()
    settings = load_settings(arguments.config).override(encoder=arguments.encoder)
    table: dict[str, dict[str, list[float]]] = {}
    for name, (faq, queries, out_of_domain) in load_sets(arguments.data, arguments.half).items():
        if arguments.only and name not in arguments.only:
            continue
        far = [Query(text, None) for text in out_of_domain]
        for share in SHARES:
            seeds = range(arguments.seeds if share < 1 else 1)
            parts = [
                ask_all(settings, reduced(faq, queries, share, seed), far)
                for seed in tqdm(seeds, desc=f"{name}, {share:.0%} known")
            ]
            draw = np.random.default_rng(0)
            once = mean_of([figures(*part) for part in parts])
            many = [resampled(parts, draw) for _ in range(_RESAMPLES)]
            table[f"{name}, {share:.0%}"] = {
                key: [value, *np.quantile([other[key] for other in many], (0.025, 0.975)).tolist()]
                for key, value in once.items()
            }
    print(machine("scikit-learn"))
    print_tables(table)
    if arguments.json:
        arguments.json.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def reduced(faq: Faq, queries: Sequence[Query], share: float, seed: int) -> tuple[Faq, list[Query], list[Query]]:
    """Return the FAQ with a share of its topics, their questions, and those of the removed topics as unknown."""
    count = round(share * len(faq.topics))
    kept = set(np.random.default_rng(seed).permutation(len(faq.topics))[:count].tolist())
    part = Faq.of(topic for number, topic in enumerate(faq.topics) if number in kept)
    known = [query for query in queries if query.topic_id in part.by_id]
    return part, known, [replace(query, topic_id=None) for query in queries if query.topic_id not in part.by_id]


def print_tables(table: dict[str, dict[str, list[float]]]) -> None:
    """Print the table of the separation of known from unknown, and that of the outcomes."""

    def cell(values: Sequence[float]) -> str:
        return "{:.3f} [{:.3f}, {:.3f}]".format(*values)

    print("\n| FAQ, topics kept | AUROC | greatest cosine | softmax | boundary | FPR | best peer's FPR | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, row in table.items():
        peers = " | ".join(f"{row[f'AUROC {peer}'][0]:.3f}" for peer in PEERS)
        best = min(row[f"FPR {peer}"][0] for peer in PEERS)
        own = row["FPR confidence"]
        ratio = f"{own[0] / best:.2f}" if best else "-"
        print(f"| {name} | {cell(row['AUROC confidence'])} | {peers} | {cell(own)} | {best:.3f} | {ratio} |")
    print("\n| FAQ, topics kept | hit@1 | answered correctly | asked to clarify | precision of answers |")
    print("| --- | --- | --- | --- | --- |")
    for name, row in table.items():
        cells = " | ".join(cell(row[key]) for key in ("hit@1", "right", "asked back", "precision"))
        print(f"| {name} | {cells} |")


if __name__ == "__main__":
    main()
