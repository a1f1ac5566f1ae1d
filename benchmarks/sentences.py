"""Real Chinese sentences for speed measurements, and their vectors."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from faq_component.assistant.build_encoders import build_encoder
from faq_component.evaluation.pairs import read_pairs
from faq_component.settings import Settings
from faq_component.text import normalize

_NOISE = 0.15
_BATCH = 4_096


def read_sentences(data: Path) -> list[str]:
    """Read every distinct sentence of the pair files of the data folder, shuffled with a fixed seed."""
    files = sorted((data / "pairs").glob("*.tsv.gz"))
    if not files:
        raise SystemExit(f"{data}/pairs holds no *.tsv.gz file: give the folder of the measuring data with --data")
    sentences = list(dict.fromkeys(normalize(text) for file in files for text in _texts(file)))
    random.Random(0).shuffle(sentences)
    return [text for text in sentences if text]


def _texts(file: Path) -> Iterator[str]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            yield from line.rstrip("\n").split("\t")[:2]


def sentences_of(file: Path) -> list[str]:
    """Return every distinct sentence of a pair file, unchanged, in the order of code points."""
    return sorted({text for pair in read_pairs(file) for text in (pair.first, pair.second)})


def draw_texts(texts: Sequence[str], most: int) -> list[str]:
    """Draw at most `count` of the texts, with a fixed seed."""
    return [texts[row] for row in np.random.default_rng(0).permutation(len(texts))[:most]]


def repeat_texts(texts: list[str], count: int) -> list[str]:
    """Return `count` texts: the given ones, then copies in which two neighbouring characters are exchanged."""
    draw = random.Random(1)
    repeated = list(texts[:count])
    while len(repeated) < count:
        text = texts[len(repeated) % len(texts)]
        place = draw.randrange(max(len(text) - 1, 1))
        repeated.append(text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :])
    return repeated


def encode_to_file(texts: list[str], path: Path) -> npt.NDArray[np.float32]:
    """Return the vectors of texts, cached in `path` (float32, ``.npy``).

    *Shape:* ``(n, dim)``.
    """
    if path.exists():
        kept: npt.NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
        if len(kept) >= len(texts):
            return kept[: len(texts)]
    encoder = build_encoder(Settings())
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npy")
    vectors: np.memmap[Any, np.dtype[np.float32]]
    vectors = np.lib.format.open_memmap(  # type: ignore[no-untyped-call]
        partial, mode="w+", dtype=np.float32, shape=(len(texts), encoder.dim)
    )
    for start in tqdm(range(0, len(texts), _BATCH), desc="encoding", unit_scale=_BATCH, unit=" sentences"):
        vectors[start : start + _BATCH] = encoder.encode(texts[start : start + _BATCH])
    vectors.flush()
    partial.replace(path)
    return vectors


def repeat_vectors(vectors: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.float32]:
    """Return `count` unit vectors: the given ones, then copies with random noise of a seventh of their length."""
    repeated = np.empty((count, vectors.shape[1]), dtype=np.float32)
    repeated[: len(vectors)] = vectors[:count]
    draw = np.random.default_rng(1)
    for start in range(len(vectors), count, _BATCH):
        rows = np.arange(start, min(start + _BATCH, count))
        noise = draw.normal(size=(len(rows), vectors.shape[1])) * _NOISE / vectors.shape[1] ** 0.5
        noisy = vectors[rows % len(vectors)] + noise
        repeated[rows] = noisy / np.linalg.norm(noisy, axis=1, keepdims=True)
    return repeated
