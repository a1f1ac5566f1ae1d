"""Simulated FAQs: what retrieval finds in them, kept in files, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from benchmarks.corpora import Corpus, Simulated, simulate
from faq_component.assistant.build_encoders import build_encoder, build_encoders, encoder_fingerprint
from faq_component.assistant.build_retrievers import build_retriever
from faq_component.assistant.build_rules import build_contrast
from faq_component.assistant.build_text import build_rewriter
from faq_component.decision.confidence import DEPTH, KNOWN_SHARE, Evidence, folds, is_near, worth_offering
from faq_component.decision.confidence.evidence import NAMES
from faq_component.decision.rules import are_equal, is_certain
from faq_component.decision.siblings import fills_otherwise, siblings_of
from faq_component.encoders import Vectors
from faq_component.encoders.cache import CachedEncoder
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.hybrid import HybridRetriever
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from faq_component.support.setting_fields import Affects, cache_key

KNOWN, REMOVED, FAR = range(3)
_SIZES = ((12, 3), (40, 2), (120, 1), (None, 1))  # topics, and how many FAQs of that size are drawn
_POSTS = (1, 2, 3, 6, 12, None)
_MOST_TOPICS = 1_500
_VERSION = 6  # to be raised where the same cell would give other rows

_HELD_OUT_VERSION = 2  # likewise, of the FAQ's own posts
_FIRST_FEATURE = 8  # column of a row

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Content = dict[str, Floats]  # of a file: rows and shares


@dataclass(frozen=True)
class Cell:
    """Size of a simulated FAQ: the corpus, the number of topics, and of posts a topic (None: all); and the seed."""

    corpus: str
    topics: int
    posts: int | None
    seed: int

    @property
    def size(self) -> tuple[str, int, int]:
        """The cell without its seed, by which figures are pooled; all posts come last."""
        return self.corpus, self.topics, self.posts or 10**6


@dataclass(frozen=True)
class HeldOut:
    """What became of the posts of an FAQ, each asked of the FAQ without it, a row each; named as in `Measured`.

    *Shape:* `features` ``(posts, features)``, `share` and `right` ``(posts,)``. Posts that another one matches exactly
    or nearly are left out.
    """

    features: Floats
    share: Floats
    right: Flags


@dataclass(frozen=True)
class Measured:
    """What became of the questions to one simulated FAQ, a row each.

    `features` are those of `Evidence`, *shape* ``(questions, features)``; `scores` the best score and its lead over
    the second topic, ``(questions, 2)``; `kind` is `KNOWN`, `REMOVED` or `FAR`; `right` says whether the first hit
    has the topic, `offered` whether a clarifying question offers it. `certain`, `doubted`, `apart` (what
    `PrecisionRule` asks about) decide in place of the confidence. `share` is `Evidence.share_of_many`.
    `held_out` is of the FAQ's own posts.
    """

    cell: Cell
    family: str
    share: float
    features: Floats
    scores: Floats
    held_out: HeldOut
    kind: npt.NDArray[np.int64]
    right: Flags
    offered: Flags
    certain: Flags
    doubted: Flags
    apart: Flags

    @property
    def weights(self) -> Floats:
        """Weight of each question: 70% on the known ones, the rest in equal parts on the unknown kinds."""
        unknown = [kind for kind in (REMOVED, FAR) if (self.kind == kind).any()]
        result = np.zeros(len(self.kind))
        for kind, share in ((KNOWN, KNOWN_SHARE), *((kind, (1 - KNOWN_SHARE) / len(unknown)) for kind in unknown)):
            result[self.kind == kind] = share / max(int((self.kind == kind).sum()), 1)
        return result


def cells_of(corpus: Corpus) -> Iterator[Cell]:
    """Return the sizes of FAQs that a corpus has topics and posts for."""
    most = min(round(0.75 * len(corpus.posts)), _MOST_TOPICS)
    deep = max(map(len, corpus.posts.values()))
    for posts in _POSTS:
        if deep < (posts or _POSTS[-2] or 0):
            continue
        for topics, seeds in _SIZES:
            if (topics or 0) > most or (topics is None and most in dict(_SIZES)):
                continue
            yield from (Cell(corpus.name, topics or most, posts, seed) for seed in range(seeds))


def measure_all(
    settings: Settings, corpora: Mapping[str, Corpus], role: str, folder: Path, seeds: int = 3
) -> list[Measured]:
    """Simulate FAQs with this many seeds at most and ask their questions; what a file of the folder holds is read."""
    folder.mkdir(parents=True, exist_ok=True)
    key = [cache_key(settings, Affects.RETRIEVAL, encoder=encoder_fingerprint(settings)), role, _VERSION]
    questions = CachedEncoder(build_encoder(settings), folder / "questions.sqlite")
    # Small FAQs first: a run that is stopped then has some of each corpus.
    cells = sorted(
        (cell for corpus in corpora.values() for cell in cells_of(corpus) if cell.seed < seeds),
        key=lambda cell: (cell.seed, cell.topics),
    )
    found = []
    for cell in tqdm(cells, desc=f"simulated FAQs ({role})", mininterval=10):
        name = hashlib.sha256(json.dumps([*key, *vars(cell).values()]).encode()).hexdigest()[:24]
        corpus = corpora[cell.corpus]
        what = settings, corpus, cell, questions
        asked = _load_or_make(folder / f"{name}.npz", _ask_users_questions, *what)
        of_posts = _load_or_make(folder / f"{name}-held-out-{_HELD_OUT_VERSION}.npz", _ask_held_out_posts, *what)
        found.append(_measured(asked, of_posts, cell, corpus.family))
    return found


def measure(settings: Settings, simulated: Simulated, cell: Cell, folder: Path) -> Measured:
    """Ask the questions of one FAQ that was drawn in another way; what `cell` says of it names it."""
    questions = CachedEncoder(build_encoder(settings), folder / "questions.sqlite")
    asked = _measure(settings, simulated, questions)
    return _measured(asked, _measure_held_out(settings, simulated.faq, questions), cell, cell.corpus)


def _measure(settings: Settings, simulated: Simulated, questions: CachedEncoder) -> Content:
    retriever = build_retriever(settings, simulated.faq)
    if not isinstance(retriever, HybridRetriever):
        raise SystemExit("the prior is one for hybrid retrieval without a reranker; take these settings out")
    evidence = Evidence(retriever, *build_encoders(settings))
    check = build_contrast(settings, simulated.faq)
    asked: list[tuple[str, str | None, int]] = [
        *((text, topic_id, KNOWN) for text, topic_id in simulated.known),
        *((text, None, REMOVED) for text in simulated.removed),
        *((text, None, FAR) for text in simulated.far),
    ]
    rewrite = build_rewriter(settings)
    rewritten = [Question(text).rewritten(rewrite) for text, _, _ in asked]
    rows = []
    for (text, topic_id, kind), form, vector in zip(asked, rewritten, questions.encode(rewritten), strict=True):
        question = Question(text)
        _keep(question, ("vector", questions.fingerprint, form), vector)
        hits = retriever.search(question, DEPTH)
        if not hits:
            continue
        siblings = siblings_of(question, hits)
        offered = [hits[0], *siblings] if siblings else worth_offering(hits)
        rows.append(
            [
                kind,
                hits[0].topic_id == topic_id,
                any(hit.topic_id == topic_id for hit in offered),
                is_certain(question, hits, rewrite),
                check.doubts(question, hits[0].topic_id, hits[0].post),
                bool(siblings) or are_equal(hits) or fills_otherwise(question, hits),
                hits[0].score,
                hits[0].score - (hits[1].score if len(hits) > 1 else 0.0),
                *evidence.measure(question, hits),
            ]
        )
    return {"rows": np.array(rows, dtype=np.float64), "share": np.array([evidence.share_of_many])}


def _keep(question: Question, name: tuple[str, ...], vector: Vectors) -> None:
    question.once(name, lambda: vector)


def _ask_users_questions(settings: Settings, corpus: Corpus, cell: Cell, questions: CachedEncoder) -> Content:
    return _measure(settings, simulate(corpus, cell.topics, cell.posts, cell.seed), questions)


def _ask_held_out_posts(settings: Settings, corpus: Corpus, cell: Cell, questions: CachedEncoder) -> Content:
    return _measure_held_out(settings, simulate(corpus, cell.topics, cell.posts, cell.seed).faq, questions)


def _measure_held_out(settings: Settings, faq: Faq, questions: CachedEncoder) -> Content:
    """Ask the posts of the FAQ, each of the FAQ without it (`folds`); a share for each row."""
    parts = [_measure(settings, Simulated(fold.faq, fold.asked, [], []), questions) for fold in folds(faq)]
    parts = [part for part in parts if part["rows"].size]
    if not parts:
        return {"rows": np.zeros((0, _FIRST_FEATURE + len(NAMES))), "share": np.zeros(0)}
    return {
        "rows": np.vstack([part["rows"] for part in parts]),
        "share": np.concatenate([np.full(len(part["rows"]), part["share"][0]) for part in parts]),
    }


def _load_or_make(file: Path, make: Callable[..., Content], *arguments: object) -> Content:
    if not file.exists():
        partial = file.with_suffix(".partial.npz")
        np.savez(partial, **make(*arguments))
        partial.replace(file)
    with np.load(file, allow_pickle=False) as content:
        return dict(content)


def _measured(asked: Content, of_posts: Content, cell: Cell, family: str) -> Measured:
    rows, posts = asked["rows"], of_posts["rows"]
    features, scores = rows[:, _FIRST_FEATURE:], rows[:, 6:_FIRST_FEATURE]
    flags = [rows[:, column] > 0 for column in range(1, 6)]
    counted = np.array([not row[3] and not is_near(row[_FIRST_FEATURE:]) for row in posts.tolist()], dtype=bool)
    held_out = HeldOut(posts[counted, _FIRST_FEATURE:], of_posts["share"][counted], posts[counted, 1] > 0)
    kind = rows[:, 0].astype(np.int64)
    return Measured(cell, family, float(asked["share"][0]), features, scores, held_out, kind, *flags)
