"""Training a poly-encoder, and serving what was trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faq_component.evaluation.pairs import Pair
from faq_component.retrieval.question import Question
from faq_component.training.settings import TrainingSettings
from tests.tiny_bert import SHIPPED
from tests.training.needs import needs_training
from tests.training.training_data import word_examples

pytestmark = needs_training


def test_training_improves_resumes_and_is_served(tmp_path: Path) -> None:
    from faq_component.rerank.poly_encoder import PolyEncoder
    from faq_component.training.export.export_poly_encoder import export_poly_encoder
    from faq_component.training.trainers.poly_encoder_trainer import train_poly_encoder
    from faq_component.types import Hit

    settings = TrainingSettings(batch_size=8, learning_rate=2e-3, epochs=8.0, precision="fp32", max_length=16)
    words = ("发票", "会员", "退货", "密码")
    dev = {"dev": [Pair(item.first, item.second, item.same) for item in word_examples(80, seed=1, words=words)]}
    examples = word_examples(200, words=words)
    metrics = train_poly_encoder(str(SHIPPED), tmp_path / "run", examples, dev, settings, codes=4)
    assert metrics["dev_accuracy"] > 0.85
    assert train_poly_encoder(str(SHIPPED), tmp_path / "run", examples, dev, settings, codes=4) == metrics
    export_poly_encoder(str(tmp_path / "run/encoder"), tmp_path / "poly")
    reranker = PolyEncoder(tmp_path / "poly", max_length=32)
    hits = [Hit("other", "请问发票", 0.9), Hit("right", "请问会员", 0.8)]
    ranked = reranker.rerank(Question("会员怎么办"), hits)
    assert [hit.topic_id for hit in ranked] == ["right", "other"]
    assert ranked[0].score > 0.5 > ranked[1].score


def test_platt_finds_the_curve_that_labels_were_drawn_from() -> None:
    from faq_component.training.trainers.poly_encoder_trainer import platt

    draw = np.random.default_rng(0)
    scores = draw.normal(scale=30.0, size=20_000)
    same = draw.random(20_000) < 1 / (1 + np.exp(-(0.1 * scores - 1.0)))
    assert platt(scores, same) == pytest.approx((0.1, -1.0), rel=0.1)
