"""The poly-encoder on a tiny model with random weights: against plain PyTorch, its cache, its export."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_component.errors import EncoderError
from faq_component.rerank import PolyEncoder, RerankingRetriever
from faq_component.retrieval import KeywordRetriever
from faq_component.retrieval.question import Question
from faq_component.retrieval.tokens import characters_and_bigrams
from faq_component.types import Hit
from tests.rerank.test_cross_encoder import FAQ, TEXTS, edit, flip, hits_of, save_tokenizer, tiny_config

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from faq_component.training.export.export_poly_encoder import export_poly_encoder  # noqa: E402
from faq_component.training.network.poly_encoder_model import PolyEncoderModel  # noqa: E402

CODES = 5
SCALE, BIAS = 0.05, -0.4
POSTS = tuple(post for topic in FAQ.topics for post in topic.posts)


@pytest.fixture(scope="module")
def model() -> PolyEncoderModel:
    torch.manual_seed(0)
    model = PolyEncoderModel(transformers.BertModel(tiny_config(), add_pooling_layer=False), CODES).eval()
    model.codes.data *= 3  # so that the codes attend to different tokens
    model.scale.data.fill_(SCALE)
    model.bias.data.fill_(BIAS)
    return model


@pytest.fixture(scope="module")
def checkpoint(model: PolyEncoderModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    save_tokenizer(folder)
    model.save(folder, transformers.AutoTokenizer.from_pretrained(folder))
    return folder


@pytest.fixture(scope="module")
def folder(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("exported") / "poly"
    export_poly_encoder(str(checkpoint), target, quantize=False)
    return target


@pytest.fixture(scope="module")
def poly(folder: Path) -> PolyEncoder:
    return PolyEncoder(folder, POSTS, threads=1)


def by_hand(model: PolyEncoderModel, checkpoint: Path, query: str, post: str) -> float:
    """The score of section 4.4 of the paper, one number at a time."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)

    def states(text: str) -> Any:
        inputs = tokenizer(text, truncation=True, max_length=64, return_tensors="pt")
        with torch.inference_mode():
            return model.bert(**inputs).last_hidden_state[0]  # (tokens, dim)

    def attend(asking: Any, rows: list[Any]) -> Any:
        exponentials = [math.exp(float((asking * row).sum())) for row in rows]
        return sum(value / sum(exponentials) * row for value, row in zip(exponentials, rows, strict=True))

    hidden = list(states(query))
    candidate = states(post)[0]
    query_vectors = [attend(code, hidden) for code in model.codes.detach()]
    final = attend(candidate, query_vectors)
    return 1 / (1 + math.exp(-(SCALE * float((final * candidate).sum()) + BIAS)))


def test_scores_equal_the_paper_worked_by_hand(poly: PolyEncoder, model: PolyEncoderModel, checkpoint: Path) -> None:
    for query in ("怎么退货", "晚安", "退货运费谁出😀"):
        expected = {post: by_hand(model, checkpoint, query, post) for post in TEXTS}
        hits = poly.rerank(Question(query), hits_of(TEXTS))
        assert {hit.post: hit.score for hit in hits} == pytest.approx(expected, abs=1e-4)
        assert [hit.post for hit in hits] == sorted(TEXTS, key=lambda post: -expected[post])
        assert len({round(score, 3) for score in expected.values()}) > 3


def test_the_module_scores_all_questions_with_all_posts(
    poly: PolyEncoder, model: PolyEncoderModel, checkpoint: Path
) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
    queries = tokenizer(TEXTS[:3], padding=True, return_tensors="pt")
    posts = tokenizer(TEXTS[:5], padding=True, return_tensors="pt")
    with torch.inference_mode():
        products = model(
            queries["input_ids"], queries["attention_mask"], posts["input_ids"], posts["attention_mask"]
        ).numpy()
    assert products.shape == (3, 5)
    for row, query in enumerate(TEXTS[:3]):
        scores = {hit.topic_id: hit.score for hit in poly.rerank(Question(query), hits_of(TEXTS[:5]))}
        expected = 1 / (1 + np.exp(-(SCALE * products[row] + BIAS)))
        np.testing.assert_allclose([scores[f"t{place}"] for place in range(5)], expected, atol=1e-4)


def test_every_parameter_learns() -> None:
    model = PolyEncoderModel(transformers.BertModel(tiny_config(), add_pooling_layer=False), CODES)
    ids, mask = torch.tensor([[2, 5, 6, 3]]), torch.ones(1, 4, dtype=torch.long)
    (model.scale * model(ids, mask, ids, mask) + model.bias).sum().backward()
    assert {name for name, value in model.named_parameters() if value.grad is None} == set()
    assert model.codes.grad is not None
    assert float(model.codes.grad.abs().sum()) > 0


def test_batch_equals_one_by_one(poly: PolyEncoder) -> None:
    together = poly.post_vectors(TEXTS)
    np.testing.assert_allclose(together, np.concatenate([poly.post_vectors([text]) for text in TEXTS]), atol=1e-5)
    assert poly.post_vectors([]).shape == (0, 32)
    assert poly.query_vectors("怎么退货").shape == (CODES, 32)


def test_a_long_question_is_cut(poly: PolyEncoder) -> None:
    first, second = poly.query_vectors("退" * 62), poly.query_vectors("退" * 62 + "晚安")
    np.testing.assert_array_equal(first, second)
    assert not np.allclose(first, poly.query_vectors("退" * 61))


def test_equal_scores_keep_their_order(poly: PolyEncoder) -> None:
    hits = [Hit(topic, "我要退货", score) for topic, score in (("b", 0.9), ("a", 0.9), ("c", 0.1))]
    assert [hit.topic_id for hit in poly.rerank(Question("怎么退货"), hits)] == ["b", "a", "c"]


def test_one_hit_and_none(poly: PolyEncoder) -> None:
    (hit,) = poly.rerank(Question(""), [Hit("a", "我要退货", 0.3)])
    assert (hit.topic_id, hit.post) == ("a", "我要退货")
    assert 0.0 <= hit.score <= 1.0
    assert poly.rerank(Question("怎么退货"), []) == []


def test_posts_are_encoded_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []
    original = PolyEncoder.post_vectors

    def counted(self: PolyEncoder, posts: list[str]) -> Any:
        encoded.extend(posts)
        return original(self, posts)

    monkeypatch.setattr(PolyEncoder, "post_vectors", counted)
    poly = PolyEncoder(folder, ["怎么退货", "晚安", "怎么退货"])
    assert encoded == ["怎么退货", "晚安"]
    hits = poly.rerank(Question("我要退货"), hits_of(["晚安", "怎么退货"]))
    assert encoded == ["怎么退货", "晚安"]
    poly.prepare(["晚安", "运费谁出"])
    assert encoded == ["怎么退货", "晚安", "运费谁出"]
    assert (
        poly.rerank(Question("我要退货"), hits_of(["晚安", "怎么退货"])) == hits
    )  # not prepared any more, and scored alike
    assert encoded == ["怎么退货", "晚安", "运费谁出", "怎么退货"]


def test_int8_stays_near(checkpoint: Path, poly: PolyEncoder, tmp_path: Path) -> None:
    report = export_poly_encoder(str(checkpoint), tmp_path / "int8", quantize=True)
    assert report.mean_cosine > 0.99
    int8 = PolyEncoder(tmp_path / "int8", POSTS)
    scores = {hit.post: hit.score for hit in poly.rerank(Question("怎么退货"), hits_of(TEXTS))}
    quantized = {hit.post: hit.score for hit in int8.rerank(Question("怎么退货"), hits_of(TEXTS))}
    assert quantized == pytest.approx(scores, abs=0.05)
    assert quantized != scores
    assert str(checkpoint) not in (tmp_path / "int8/poly_encoder.json").read_text("utf-8")


DAMAGES = [
    (lambda folder: flip(folder / "model.onnx"), r"model\.onnx does not have the SHA-256 that poly_encoder\.json"),
    (lambda folder: (folder / "tokenizer.json").unlink(), r"tokenizer\.json is missing"),
    (lambda folder: (folder / "poly_encoder.json").unlink(), r"is not a poly-encoder: there is no poly_encoder\.json"),
    (lambda folder: edit(folder / "poly_encoder.json", scale=-1.0), "'scale' or 'bias' is missing or wrong"),
    (lambda folder: edit(folder / "poly_encoder.json", codes="five"), "'codes' is missing or wrong"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES)
def test_a_damaged_folder_is_refused_in_one_sentence(
    folder: Path, tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    damage(copy)
    with pytest.raises(EncoderError, match=message) as caught:
        PolyEncoder(copy)
    assert "\n" not in str(caught.value)


def test_what_cannot_be_exported(checkpoint: Path, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    copy = Path(shutil.copytree(checkpoint, tmp_path / "copy"))
    (copy / "poly_encoder.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"has no poly_encoder\.safetensors;"):
        export_poly_encoder(str(copy), tmp_path / "target")
    save_file({"codes": torch.zeros(5, 31)}, copy / "poly_encoder.safetensors")
    with pytest.raises(EncoderError, match=r"it must hold codes \(m, 32\), scale \(\) and bias \(\)"):
        export_poly_encoder(str(copy), tmp_path / "target")
    with pytest.raises(EncoderError, match="codes is 0; a poly-encoder needs at least 1"):
        PolyEncoderModel(torch.nn.Module(), 0)
    assert not (tmp_path / "target").exists()


def test_metadata(folder: Path) -> None:
    content = json.loads((folder / "poly_encoder.json").read_text("utf-8"))
    assert (content["codes"], content["dim"], content["layers"], content["positions"]) == (CODES, 32, 2, 160)
    assert content["scale"] == pytest.approx(SCALE)


def test_end_to_end(poly: PolyEncoder) -> None:
    keyword = KeywordRetriever(FAQ, characters_and_bigrams)
    query = "退货要怎么换"
    expected = poly.rerank(Question(query), keyword.search(Question(query), 5))
    hits = RerankingRetriever(keyword, poly, candidates=5).search(Question(query), 2)
    assert [(hit.topic_id, hit.post) for hit in hits] == [(hit.topic_id, hit.post) for hit in expected[:2]]
    assert hits[0].score >= hits[1].score >= 0.0
    assert RerankingRetriever(keyword, poly).search(Question(""), 2) == []
