"""The cross-encoder on tiny models with random weights, its export, and the retriever that re-ranks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_component.assistant.build_retrievers import build_retriever
from faq_component.errors import EncoderError, SettingsError
from faq_component.knowledge.checking import Faq, Topic
from faq_component.rerank import CrossEncoder, RerankingRetriever
from faq_component.retrieval import KeywordRetriever
from faq_component.retrieval.question import Question
from faq_component.retrieval.tokens import characters_and_bigrams
from faq_component.settings import Settings
from faq_component.types import BELOW_CERTAIN, CERTAIN, Hit

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from faq_component.training.export.export_cross_encoder import export_cross_encoder  # noqa: E402
from tests.caches import warmed  # noqa: E402

CHARACTERS = "怎么退换货我要东西不想了晚安睡开发票运费谁出什时候能到个大一码的"
TEXTS = ["怎么退货", "我要换货", "晚安", "运费谁出", "什么时候能到", "", "😀", "退货", "开发票要运费吗" * 9]
PAIRS = [(query, post) for query in TEXTS for post in TEXTS]


def save_tokenizer(folder: Path, *, token_types: bool = True) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *sorted(set(CHARACTERS))]
    tokenizer = Tokenizer(models.WordPiece({token: index for index, token in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    inputs = ["input_ids", "attention_mask", *(["token_type_ids"] if token_types else [])]
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_input_names=inputs, **special
    ).save_pretrained(folder)


def tiny_config(**values: Any) -> Any:
    return transformers.BertConfig(
        vocab_size=4 + len(set(CHARACTERS)),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=160,
        initializer_range=0.3,
        **values,
    )


def save_checkpoint(folder: Path, labels: int, *, token_types: bool = True) -> Path:
    torch.manual_seed(labels)
    transformers.BertForSequenceClassification(tiny_config(num_labels=labels)).save_pretrained(folder)
    save_tokenizer(folder, token_types=token_types)
    return folder


@pytest.fixture(
    scope="module", params=[(1, True), (2, True), (1, False)], ids=["one_logit", "two_logits", "no_token_types"]
)
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    labels, token_types = request.param
    return save_checkpoint(tmp_path_factory.mktemp("checkpoint"), labels, token_types=token_types)


@pytest.fixture(scope="module")
def folder(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("exported") / "cross"
    export_cross_encoder(str(checkpoint), target, quantize=False)
    return target


@pytest.fixture(scope="module")
def cross(folder: Path) -> CrossEncoder:
    return CrossEncoder(folder, threads=1)


def torch_outputs(checkpoint: Path, pairs: Sequence[tuple[str, str]]) -> Any:
    """The logits of transformers' own model and tokenizer, in one padded batch."""
    model = transformers.AutoModelForSequenceClassification.from_pretrained(checkpoint).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
    queries, posts = zip(*pairs, strict=True)
    inputs = tokenizer(
        list(queries), list(posts), padding=True, truncation="longest_first", max_length=128, return_tensors="pt"
    )
    with torch.inference_mode():
        return model(**inputs).logits


def hits_of(posts: Sequence[str]) -> list[Hit]:
    return [Hit(f"t{number}", post, 0.5) for number, post in enumerate(posts)]


def test_logits_equal_pytorch(cross: CrossEncoder, checkpoint: Path) -> None:
    own = cross.logits(PAIRS)
    np.testing.assert_allclose(own, torch_outputs(checkpoint, PAIRS).numpy(), atol=1e-4)
    assert own.std(axis=0).min() > 0.01  # the model tells the pairs apart, so that equality means something


def test_batch_equals_one_by_one(cross: CrossEncoder) -> None:
    alone = np.concatenate([cross.logits([pair]) for pair in PAIRS])
    np.testing.assert_allclose(cross.logits(PAIRS), alone, atol=1e-5)
    assert cross.logits([]).shape == (0, cross.metadata.labels)


def test_scores_are_probabilities_best_first(cross: CrossEncoder, checkpoint: Path) -> None:
    hits = cross.rerank(Question("怎么退货"), hits_of(TEXTS))
    logits = torch_outputs(checkpoint, [("怎么退货", text) for text in TEXTS])
    expected = torch.sigmoid(logits[:, 0]) if logits.shape[1] == 1 else torch.softmax(logits, dim=1)[:, 1]
    order = sorted(range(len(TEXTS)), key=lambda place: -expected[place])
    assert [hit.topic_id for hit in hits] == [f"t{place}" for place in order]
    assert [hit.post for hit in hits] == [TEXTS[place] for place in order]
    assert [hit.score for hit in hits] == pytest.approx([float(expected[place]) for place in order], abs=1e-4)


def test_the_sides_are_told_apart(cross: CrossEncoder) -> None:
    first, second = cross.logits([("怎么退货", "晚安"), ("晚安", "怎么退货")])
    assert not np.allclose(first, second, atol=1e-3)


def test_equal_scores_keep_their_order(cross: CrossEncoder) -> None:
    hits = [Hit(topic, "我要退货", score) for topic, score in (("b", 0.9), ("a", 0.9), ("c", 0.1))]
    assert [hit.topic_id for hit in cross.rerank(Question("怎么退货"), hits)] == ["b", "a", "c"]


def test_one_hit_and_none(cross: CrossEncoder) -> None:
    (hit,) = cross.rerank(Question(""), [Hit("a", "我要退货", 0.3)])
    assert (hit.topic_id, hit.post) == ("a", "我要退货")
    assert 0.0 <= hit.score <= 1.0
    assert cross.rerank(Question("怎么退货"), []) == []


@pytest.mark.parametrize(
    ("query", "post", "kept"),
    [
        ("退" * 300, "晚安", (123, 2)),  # 128 tokens less three special ones
        ("晚安", "货" * 300, (2, 123)),
        ("退" * 300, "货" * 300, (62, 63)),
        ("退" * 70, "货" * 55, (70, 55)),
    ],
)
def test_truncation_cuts_the_longer_side_only(
    cross: CrossEncoder, query: str, post: str, kept: tuple[int, int]
) -> None:
    (encoding,) = cross.tokenize([(query, post)])
    sides = [encoding.sequence_ids.count(0), encoding.sequence_ids.count(1)]
    assert sides == pytest.approx(kept, abs=1)  # which side has the odd token is the library's choice
    assert sum(sides) == sum(kept)


def test_max_length_must_fit_the_model(folder: Path) -> None:
    with pytest.raises(EncoderError, match=r"max_length is 161; .* must be between 16 and 160 tokens"):
        CrossEncoder(folder, max_length=161)


def test_int8_stays_near(checkpoint: Path, tmp_path: Path) -> None:
    report = export_cross_encoder(str(checkpoint), tmp_path / "int8", quantize=True)
    assert report.mean_score_difference < 0.02
    exported = CrossEncoder(tmp_path / "int8").logits(PAIRS)
    original = torch_outputs(checkpoint, PAIRS).numpy()
    assert np.corrcoef(exported.ravel(), original.ravel())[0, 1] > 0.99
    assert not np.array_equal(exported, original)
    assert sorted(file.name for file in (tmp_path / "int8").iterdir()) == [
        "cross_encoder.json",
        "model.onnx",
        "tokenizer.json",
    ]
    assert str(checkpoint) not in (tmp_path / "int8/cross_encoder.json").read_text("utf-8")


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def edit(file: Path, **values: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "sha256": None, **values}), "utf-8")


DAMAGES = [
    (lambda folder: flip(folder / "model.onnx"), r"model\.onnx does not have the SHA-256 that cross_encoder\.json"),
    (lambda folder: (folder / "tokenizer.json").write_text("{}"), r"tokenizer\.json has 2 bytes, cross_encoder\.json"),
    (lambda folder: (folder / "model.onnx").unlink(), r"model\.onnx is missing"),
    (
        lambda folder: (folder / "cross_encoder.json").unlink(),
        r"is not a cross-encoder: there is no cross_enc",
    ),
    (lambda folder: (folder / "cross_encoder.json").write_text("{"), "is not JSON"),
    (lambda folder: edit(folder / "cross_encoder.json", format_version=9), "has format version 9; this program reads"),
    (lambda folder: edit(folder / "cross_encoder.json", labels=3), "'labels' is missing or wrong"),
    (lambda folder: edit(folder / "cross_encoder.json", positions="many"), "'positions' is missing or wrong"),
    (lambda folder: edit(folder / "cross_encoder.json", files={}), r"'model\.onnx' is missing or wrong"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES)
def test_a_damaged_folder_is_refused_in_one_sentence(
    folder: Path, tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    damage(copy)
    with pytest.raises(EncoderError, match=message) as caught:
        CrossEncoder(copy)
    assert "\n" not in str(caught.value)


def test_labels_that_the_model_does_not_give(folder: Path, cross: CrossEncoder, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    edit(copy / "cross_encoder.json", labels=3 - cross.metadata.labels)
    with pytest.raises(EncoderError, match="gives logits of shape"):
        CrossEncoder(copy).rerank(Question("怎么退货"), hits_of(TEXTS))


def test_what_cannot_be_exported(tmp_path: Path) -> None:
    transformers.BertModel(tiny_config(num_labels=1)).save_pretrained(tmp_path / "plain")
    save_tokenizer(tmp_path / "plain")
    with pytest.raises(EncoderError, match=r"has no weights for classifier\.bias, classifier\.weight"):
        export_cross_encoder(str(tmp_path / "plain"), tmp_path / "target")
    save_checkpoint(tmp_path / "three", labels=3)
    with pytest.raises(EncoderError, match="is a bert with 3 labels; a cross-encoder is a bert with 1 or 2"):
        export_cross_encoder(str(tmp_path / "three"), tmp_path / "target")
    with pytest.raises(EncoderError, match="cannot be loaded as a BERT for sequence classification"):
        export_cross_encoder(str(tmp_path / "absent"), tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_an_export_that_is_too_far_leaves_the_target_as_it_was(
    checkpoint: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Path(shutil.copytree(folder, tmp_path / "target"))
    before = {file.name: file.read_bytes() for file in target.iterdir()}
    monkeypatch.setattr("faq_component.training.export.export_cross_encoder.MAX_MEAN_SCORE_DIFFERENCE", 0.0)
    with pytest.raises(EncoderError, match="scores of the int8 model differ"):
        export_cross_encoder(str(checkpoint), target, quantize=True)
    assert {file.name: file.read_bytes() for file in target.iterdir()} == before
    assert [file.name for file in tmp_path.iterdir()] == ["target"]


FAQ = Faq.of(
    [
        Topic("return", "退货", ("怎么退货", "我要退货", "东西不想要了"), ("好",)),
        Topic("exchange", "换货", ("怎么换货", "换个大一码的"), ("好",)),
        Topic("fee", "运费", ("退货运费谁出",), ("好",)),
        Topic("twin", "重复", ("怎么换货",), ("好",)),
        Topic("night", "晚安", ("晚安", "我睡了"), ("好",)),
    ]
)


@pytest.fixture(scope="module")
def keyword() -> KeywordRetriever:
    return KeywordRetriever(FAQ, characters_and_bigrams)


def test_end_to_end(keyword: KeywordRetriever, cross: CrossEncoder) -> None:
    query = "退货要怎么换"
    recalled = keyword.search(Question(query), 5)
    hits = RerankingRetriever(keyword, cross, candidates=5).search(Question(query), 2)
    expected = cross.rerank(Question(query), recalled)
    assert len(recalled) > 2
    assert [(hit.topic_id, hit.post) for hit in hits] == [(hit.topic_id, hit.post) for hit in expected[:2]]
    assert 1.0 > hits[0].score >= hits[1].score >= 0.0
    assert hits[0].score == pytest.approx(0.99 * expected[0].score)


def test_more_candidates_than_hits_are_ranked(keyword: KeywordRetriever, cross: CrossEncoder) -> None:
    query = "退货要怎么换"
    last = cross.rerank(Question(query), keyword.search(Question(query), 5))[0]
    assert RerankingRetriever(keyword, cross, candidates=5).search(Question(query), 1)[0].topic_id == last.topic_id
    assert RerankingRetriever(keyword, cross, candidates=1).search(Question(query), 1)[0].topic_id == (
        keyword.search(Question(query), 1)[0].topic_id
    )
    assert len(RerankingRetriever(keyword, cross, candidates=1).search(Question(query), 3)) == 3


def test_a_post_that_says_just_what_was_asked_stays_first(keyword: KeywordRetriever, cross: CrossEncoder) -> None:
    hits = RerankingRetriever(keyword, cross).search(Question("怎么 换货？"), 5)
    assert [(hit.topic_id, hit.score) for hit in hits[:2]] == [("exchange", 1.0), ("twin", 1.0)]
    assert len(hits) > 2
    assert all(hit.score < CERTAIN for hit in hits[2:])


@pytest.mark.parametrize("query", ["", " \u200b ", "xyz"])
def test_nothing_recalled_is_nothing_ranked(keyword: KeywordRetriever, cross: CrossEncoder, query: str) -> None:
    assert RerankingRetriever(keyword, cross).search(Question(query), 5) == []


class Sure:
    """Is all but certain of every hit alike."""

    def rerank(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        return [Hit(hit.topic_id, hit.post, 1.0) for hit in hits]


def test_equal_scores_in_the_order_of_the_recall(keyword: KeywordRetriever) -> None:
    query = "退货要怎么换"
    hits = RerankingRetriever(keyword, Sure()).search(Question(query), 5)
    assert [hit.topic_id for hit in hits] == [hit.topic_id for hit in keyword.search(Question(query), 5)]
    assert [hit.score for hit in hits] == pytest.approx([BELOW_CERTAIN] * len(hits))


def test_the_settings_choose_a_reranker(folder: Path, tmp_path: Path) -> None:
    faq = Faq.of([Topic("return", "退货", ("怎么退货",), ("好",)), Topic("night", "晚安", ("晚安", "睡"), ("好",))])
    settings = Settings(retriever="keyword", reranker="cross", reranker_path=str(folder), cache_dir=warmed(tmp_path))
    retriever = build_retriever(settings, faq)
    assert isinstance(retriever, RerankingRetriever)
    (hit,) = retriever.search(Question("要退货"), 1)
    words = build_retriever(Settings(retriever="keyword", cache_dir=warmed(tmp_path)), faq)
    (plain,) = words.search(Question("要退货"), 1)
    assert (hit.topic_id, plain.topic_id) == ("return", "return")
    assert hit.score != plain.score  # the model's
    with pytest.raises(SettingsError, match="setting 'reranker' is 'poly'; name its model's folder in 'reranker_path'"):
        build_retriever(Settings(retriever="keyword", reranker="poly", cache_dir=warmed(tmp_path)), faq)
