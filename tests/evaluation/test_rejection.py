"""The measuring of rejection: scores of the peers and figures, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.rejection import Asked, Peers, figures, reduced, resampled
from faq_component.encoders import Vectors
from faq_component.evaluation import Query
from faq_component.knowledge.topics import Faq, Topic
from faq_component.types import Outcome

PLANE = {"east": (1.0, 0.0), "east too": (0.8, 0.6), "north": (0.0, 1.0)}
FAQ = Faq.of([Topic("e", "e", ("east", "east too"), ()), Topic("n", "n", ("north",), ())])
ANSWER, CLARIFY, REJECT = Outcome.ANSWER, Outcome.CLARIFY, Outcome.REJECT


def encode(texts: Sequence[str]) -> Vectors:
    return np.array([PLANE[text] for text in texts], dtype=np.float32)


def test_the_peers_by_hand() -> None:
    ((cosine, softmax, boundary),) = Peers(FAQ, encode).scores(np.array([[1.0, 0.0]], dtype=np.float32))
    assert cosine == 1.0
    assert softmax == pytest.approx(1 / (1 + np.exp(-1.0 / 0.05)))
    # The centre of e is (0.9, 0.3); both its posts, and the question, are sqrt(0.1) away from it.
    assert boundary == pytest.approx(0.0, abs=1e-6)


def asked(confidences: Sequence[float], right: Sequence[bool], outcomes: Sequence[Outcome]) -> Asked:
    texts = [f"{outcomes} {number}" for number in range(len(outcomes))]
    return Asked(texts, np.repeat(np.array(confidences)[:, None], 4, axis=1), np.array(right, dtype=bool), outcomes)


KNOWN = asked((0.9, 0.8, 0.4, 0.7), (True, True, True, False), (ANSWER, ANSWER, CLARIFY, ANSWER))
REMOVED = asked((0.6, 0.1), (False, False), (CLARIFY, REJECT))
FOREIGN = asked((0.2, 0.95), (False, False), (REJECT, ANSWER))
NONE = asked((), (), ())


def test_the_figures_by_hand() -> None:
    found = figures(KNOWN, REMOVED, FOREIGN)
    assert found["AUROC confidence"] == 7 / 8  # 0.4 is under 0.6
    assert found["FPR confidence"] == 0.5
    assert (found["hit@1"], found["right"], found["asked back"]) == (0.75, 0.5, 0.25)
    # Of 70% known three quarters are answered, half correctly; of 15% out-of-domain ones half are.
    assert found["precision"] == pytest.approx(0.7 * 0.5 / (0.7 * 0.75 + 0.15 * 0.5))
    whole = figures(KNOWN, NONE, FOREIGN)
    assert whole["precision"] == pytest.approx(0.7 * 0.5 / (0.7 * 0.75 + 0.3 * 0.5))
    assert whole["AUROC softmax"] == 0.5


def test_resampling_accepts_empty_kinds() -> None:
    assert set(resampled([(KNOWN, NONE, FOREIGN)], np.random.default_rng(0))) == set(figures(KNOWN, NONE, FOREIGN))


def test_three_seeds_with_the_same_questions_have_the_interval_of_one() -> None:
    draw = np.random.default_rng(1)
    right = draw.random(200) < 0.7
    known = asked(draw.random(200).tolist(), right.tolist(), [ANSWER] * 200)
    out_of_domain = asked(draw.random(50).tolist(), [False] * 50, [REJECT] * 50)
    spreads = []
    for seeds in (1, 3):
        drawn = np.random.default_rng(0)
        hits = [resampled([(known, NONE, out_of_domain)] * seeds, drawn)["hit@1"] for _ in range(400)]
        spreads.append(np.std(hits))
    assert spreads[1] == pytest.approx(spreads[0])
    assert spreads[0] == pytest.approx(np.std(right) / np.sqrt(200), rel=0.15)


def test_questions_of_removed_topics_have_none() -> None:
    part, known, removed = reduced(FAQ, [Query("a", "e"), Query("b", "n")], 0.5, 0)
    assert len(part.topics) == len(known) == len(removed) == 1
    assert known[0].topic_id in part.by_id
    assert removed[0].topic_id is None
