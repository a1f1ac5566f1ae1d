"""Time of reranking per question: a cross-encoder and poly-encoders of 6 layers of 384, in int8, on two threads.

`python -m benchmarks.reranking` makes models with random weights, since time does not depend on training, and the
vocabulary of the shipped encoder, and exports them. It retrieves 20 topics per held-out question of the demo FAQ by
keyword, and prints the machine, the versions, its load, and the median and 95th percentile over the questions of the
least of five times. Needs the extra `train`.
"""

from __future__ import annotations

import importlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from faq_component.evaluation import load_queries
from faq_component.knowledge.checking import load_faq
from faq_component.rerank import CrossEncoder, PolyEncoder, RerankingRetriever
from faq_component.retrieval import Hit, KeywordRetriever, Retriever
from faq_component.retrieval.question import Question
from faq_component.retrieval.tokens import characters_and_bigrams
from faq_component.text import normalize

QUESTIONS = 150
REPETITIONS = 5
CANDIDATES = 20
THREADS = 2
LAYERS, DIM, HEADS = 6, 384, 12
CODES = (16, 64)
TOKENIZER = "models/encoder/tokenizer.json"


def main() -> None:
    """Make the models, measure and print."""
    faq = load_faq("data/faq")
    questions = [Question(query.text) for query in load_queries("data/held_out.json", faq)][:QUESTIONS]
    keyword = KeywordRetriever(faq, characters_and_bigrams)
    retrieved = [keyword.search(question, CANDIDATES) for question in questions]
    posts = [post for topic in faq.topics for post in topic.posts]
    print(machine("tokenizers", "torch", "transformers"), f"{THREADS} threads", sep="\n")
    print(f"{len(questions)} questions, {len(posts)} posts, {statistics.mean(map(len, retrieved)):.1f} hits on average")
    with tempfile.TemporaryDirectory() as name:
        report("retrieval by keyword", lambda question, _: keyword.search(question, CANDIDATES), questions, retrieved)
        cross = CrossEncoder(cross_folder(Path(name), quantize=True), threads=THREADS)
        tokens = [len(encoding.ids) for encoding in cross.tokenize(_pairs(questions, retrieved))]
        print(f"tokens of a pair: {statistics.mean(tokens):.1f} on average, {max(tokens)} at most")
        report("cross-encoder, int8", cross.rerank, questions, retrieved)
        float32 = CrossEncoder(cross_folder(Path(name), quantize=False), threads=THREADS)
        report("cross-encoder, float32", float32.rerank, questions, retrieved)
        report_whole("keyword, then cross-encoder", RerankingRetriever(keyword, cross, CANDIDATES), questions)
        for codes in CODES:
            folder = poly_folder(Path(name), codes)
            start = time.perf_counter()
            poly = PolyEncoder(folder, posts, threads=THREADS)
            seconds = time.perf_counter() - start
            print(f"poly-encoder of {codes} codes: start with {len(posts)} posts {seconds:.2f} s")
            report(f"poly-encoder of {codes} codes, int8", poly.rerank, questions, retrieved)
    print(f"load after: {os.getloadavg()[0]:.1f}")


def report(
    name: str,
    call: Callable[[Question, Sequence[Hit]], list[Hit]],
    questions: Sequence[Question],
    retrieved: Sequence[Sequence[Hit]],
) -> None:
    """Print the median and the 95th percentile of calls, one question at a time, after a warm-up.

    Of five calls for each question the least time counts; the others include other work of the machine.
    """
    for question, hits in zip(questions[:20], retrieved, strict=False):
        call(question, hits)
    milliseconds = [
        1000 * min(timed(call, question, hits) for _ in range(REPETITIONS))
        for question, hits in zip(questions, retrieved, strict=True)
    ]
    percentile = statistics.quantiles(milliseconds, n=20)[-1]
    print(f"{name}: median {statistics.median(milliseconds):.2f} ms, 95% within {percentile:.2f} ms")


def timed(call: Callable[[Question, Sequence[Hit]], list[Hit]], question: Question, hits: Sequence[Hit]) -> float:
    """Measure the seconds of one call."""
    start = time.perf_counter()
    call(question, hits)
    return time.perf_counter() - start


def report_whole(name: str, retriever: Retriever, questions: Sequence[Question]) -> None:
    """Print the median and the 95th percentile of a whole search with reranking."""
    report(name, lambda question, _: retriever.search(question, 5), questions, [()] * len(questions))


def cross_folder(folder: Path, *, quantize: bool) -> Path:
    """Export a cross-encoder with random weights."""
    from faq_component.training.export.export_cross_encoder import export_cross_encoder

    tokenizer, config = _tokenizer_and_config()
    config.num_labels = 1
    _transformers().BertForSequenceClassification(config).save_pretrained(folder / "cross_checkpoint")
    tokenizer.save_pretrained(folder / "cross_checkpoint")
    target = folder / f"cross_{quantize}"
    made = export_cross_encoder(str(folder / "cross_checkpoint"), target, quantize=quantize)
    print(f"cross-encoder: {made.megabytes:.1f} MB in {'int8' if quantize else 'float32'}")
    return target


def poly_folder(folder: Path, codes: int) -> Path:
    """Export a poly-encoder with random weights."""
    from faq_component.training.export.export_poly_encoder import export_poly_encoder
    from faq_component.training.network.poly_encoder_model import PolyEncoderModel

    tokenizer, config = _tokenizer_and_config()
    model = PolyEncoderModel(_transformers().BertModel(config, add_pooling_layer=False), codes)
    model.save(folder / f"poly_checkpoint_{codes}", tokenizer)
    made = export_poly_encoder(str(folder / f"poly_checkpoint_{codes}"), folder / f"poly_{codes}", quantize=True)
    print(f"poly-encoder of {codes} codes: {made.megabytes:.1f} MB in int8")
    return folder / f"poly_{codes}"


def _transformers() -> Any:
    return importlib.import_module("transformers")


def _tokenizer_and_config() -> tuple[Any, Any]:
    import torch

    torch.manual_seed(0)
    tokenizer = _transformers().PreTrainedTokenizerFast(tokenizer_file=TOKENIZER)
    config = _transformers().BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=DIM,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=4 * DIM,
    )
    return tokenizer, config


def _pairs(questions: Sequence[Question], retrieved: Sequence[Sequence[Hit]]) -> list[tuple[str, str]]:
    return [
        (question.text, normalize(hit.post))
        for question, hits in zip(questions, retrieved, strict=True)
        for hit in hits
    ]


if __name__ == "__main__":
    main()
