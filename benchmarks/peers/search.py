"""The search of the peers: the best topic of a question. Nothing of this package is imported.

Environment: PEER_FAQ, a JSON file or a folder of them; PEER_MODEL, a folder of sentence-transformers; PEER_KIND:

- ``torch``: sentence-transformers in PyTorch fp32, numpy cosine over all posts, as in the write-up;
- ``onnx``: sentence-transformers' ONNX backend, int8 by its own export, faiss, and rank-bm25 beside it, scores added;
- ``onnx-dense``: the same without rank-bm25, which takes 125 ms a question at 20,000 posts.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def make_answer() -> Callable[[str], dict[str, Any]]:
    """Load everything, and return the function that answers a question."""
    kind, model = os.environ["PEER_KIND"], os.environ["PEER_MODEL"]
    posts, topics, responses = read_faq(Path(os.environ["PEER_FAQ"]))
    encode = make_encode(kind, model)
    file = Path(model) / f"posts-{kind.split('-')[0]}-{len(posts)}.npy"
    if not file.exists():
        np.save(file, encode(posts))
    vectors = np.load(file, allow_pickle=False)
    scores = make_scores(kind, vectors, posts)

    def answer(text: str) -> dict[str, Any]:
        found = scores(encode([text]), text)
        row = int(found.argmax())
        return {"topic": topics[row], "score": float(found[row]), "response": random.choice(responses[topics[row]])}

    return answer


def make_encode(kind: str, model: str) -> Callable[[list[str]], Any]:
    """Return the function that encodes texts as unit vectors, on one thread. *Shape:* ``(n, dim)``."""
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    if kind == "torch":
        # Switch gradients off here: gevent may change greenlets within torch's own switch, which is per thread.
        encoder = SentenceTransformer(model, device="cpu").float().requires_grad_(False)
    else:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        arguments = {"file_name": "onnx/model_qint8.onnx", "provider": "CPUExecutionProvider"}
        encoder = SentenceTransformer(
            model, device="cpu", backend="onnx", model_kwargs={**arguments, "session_options": options}
        )
    return lambda texts: encoder.encode(texts, normalize_embeddings=True, show_progress_bar=False)


def make_scores(kind: str, vectors: Any, posts: list[str]) -> Callable[[Any, str], Any]:
    """Return the function that scores every post for a question."""
    if kind == "torch":
        return lambda query, _: vectors @ query[0]
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)

    def dense(query: Any, _: str) -> Any:
        scores, rows = index.search(query, 50)
        found = np.zeros(len(posts), dtype=np.float32)
        found[rows[0]] = scores[0]
        return found

    if kind == "onnx-dense":
        return dense
    from rank_bm25 import BM25Okapi

    bm25 = BM25Okapi([list(post) for post in posts])

    def hybrid(query: Any, text: str) -> Any:
        words = bm25.get_scores(list(text))
        return 0.6 * dense(query, text) + 0.4 * words / max(words.max(), 1e-9)

    return hybrid


def read_faq(place: Path) -> tuple[list[str], list[str], dict[str, list[Any]]]:
    """Read the posts, the topic of each, and the responses of each topic."""
    posts, topics, responses = [], [], {}
    for file in sorted(place.glob("*.json")) if place.is_dir() else [place]:
        for title, topic in json.loads(file.read_text("utf-8")).items():
            posts += topic["post"]
            topics += [title] * len(topic["post"])
            responses[title] = topic["resp"]
    return posts, topics, responses
