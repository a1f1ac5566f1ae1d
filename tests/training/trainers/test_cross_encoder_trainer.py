"""Training a cross-encoder, and serving what was trained."""

from __future__ import annotations

from pathlib import Path

from faq_component.evaluation.pairs import Pair
from faq_component.retrieval.question import Question
from faq_component.training.settings import TrainingSettings
from faq_component.types import Hit
from tests.tiny_bert import SHIPPED
from tests.training.needs import needs_training
from tests.training.training_data import word_examples

pytestmark = needs_training


def test_training_improves_resumes_and_is_served(tmp_path: Path) -> None:
    from faq_component.rerank.cross_encoder import CrossEncoder
    from faq_component.training.export.export_cross_encoder import export_cross_encoder
    from faq_component.training.trainers.cross_encoder_trainer import train_cross_encoder

    settings = TrainingSettings(batch_size=16, learning_rate=3e-3, epochs=8.0, precision="fp32", max_length=16)
    words = ("发票", "会员")  # with all ten it learns in a thousand steps what two texts have in common
    dev = {"dev": [Pair(item.first, item.second, item.same) for item in word_examples(80, seed=1, words=words)]}
    examples = word_examples(400, words=words)
    metrics = train_cross_encoder(str(SHIPPED), tmp_path / "run", examples, dev, settings)
    assert metrics["dev_accuracy"] > 0.9
    assert train_cross_encoder(str(SHIPPED), tmp_path / "run", examples, dev, settings) == metrics
    export_cross_encoder(str(tmp_path / "run/encoder"), tmp_path / "cross")
    reranker = CrossEncoder(tmp_path / "cross", max_length=32)
    hits = [Hit("other", "请问发票", 0.9), Hit("right", "请问会员", 0.8)]
    assert [hit.topic_id for hit in reranker.rerank(Question("会员怎么办"), hits)] == ["right", "other"]
