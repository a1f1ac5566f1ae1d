"""What is measured while an encoder is trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from faq_component.encoders.types import Vectors
from faq_component.evaluation.queries import Query
from faq_component.knowledge.topics import Faq, Topic
from faq_component.training.trainers.evaluators import Encode, TopicEvaluator

FAQ = Faq.of([Topic(name, name, (f"{name}一", f"{name}二"), ()) for name in ("退", "换", "运")])
QUERIES = [Query(f"{topic.id}三", topic.id) for topic in FAQ.topics]


def by_first_character(texts: Sequence[str]) -> Vectors:
    rows = np.zeros((len(texts), 3), dtype=np.float32)
    rows[np.arange(len(texts)), ["退换运".index(text[0]) for text in texts]] = 1.0
    return rows


@pytest.mark.parametrize(
    ("vectors", "hit"),
    [
        (by_first_character, 1.0),
        (lambda texts: np.ones((len(texts), 3), dtype=np.float32), 1 / 3),
        (lambda texts: np.full((len(texts), 3), np.nan, dtype=np.float32), 0.0),
    ],
)
def test_vectors_all_alike_find_one_topic_and_no_numbers_find_nothing(vectors: Encode, hit: float) -> None:
    found = TopicEvaluator("t", FAQ, QUERIES)(vectors)
    assert found["t_hit@1"] == pytest.approx(hit)
