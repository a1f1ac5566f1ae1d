"""Speed, memory and recall@10 of search indexes, side by side in one run, one thread each.

`python -m benchmarks.recall --posts 20000 --posts 100000` builds each index in a process of its own over real Chinese
sentences, and searches the ten best posts for other sentences. Beyond the sentences there are, copies with noise are
added. Keyword indexes get the same tokens (characters with bigrams), vector indexes the same vectors; the times exclude
tokenising and encoding. Recall@10 is the share of the ten results of exact search that are found; a tie with the tenth
counts as found.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine

QUERIES = 500
DEPTH = 10
_SECONDS = 30.0
_VECTORS = Path(".faq/benchmark.npy")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TOKENIZERS_PARALLELISM")

Search = Callable[[Any], Sequence[int]]


def _inverted(documents: list[list[str]]) -> Search:
    from faq_component.retrieval.greatest import best_places
    from faq_component.retrieval.inverted import InvertedIndex
    from faq_component.retrieval.weighting import Bm25

    index = InvertedIndex(documents, Bm25())

    def search(words: list[str]) -> Sequence[int]:
        rows, scores = index.search(words)
        best = best_places(scores, DEPTH)
        return list(rows[best][np.argsort(-scores[best], kind="stable")][:DEPTH].tolist())

    return search


def _rank_bm25(documents: list[list[str]]) -> Search:
    from rank_bm25 import BM25Okapi

    index = BM25Okapi(documents)
    return lambda words: np.argsort(-index.get_scores(words), kind="stable")[:DEPTH].tolist()


def _bm25s(documents: list[list[str]]) -> Search:
    import bm25s

    index = bm25s.BM25()
    index.index(documents, show_progress=False)
    return lambda words: index.retrieve([words], k=DEPTH, show_progress=False, n_threads=1)[0][0].tolist()


def _sklearn(documents: list[list[str]]) -> Search:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer=list)
    vectors = vectorizer.fit_transform(documents)

    def search(words: list[str]) -> Sequence[int]:
        scores = (vectors @ vectorizer.transform([words]).T).toarray()[:, 0]
        return list(np.argpartition(-scores, DEPTH)[:DEPTH].tolist())

    return search


def _whoosh(documents: list[list[str]]) -> Search:
    from whoosh import fields, scoring
    from whoosh.analysis import SpaceSeparatedTokenizer
    from whoosh.filedb.filestore import RamStorage
    from whoosh.query import Or, Term

    schema = fields.Schema(row=fields.STORED, text=fields.TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False))
    index = RamStorage().create_index(schema)
    writer = index.writer()
    for row, words in enumerate(documents):
        writer.add_document(row=row, text=" ".join(words))
    writer.commit()
    searcher = index.searcher(weighting=scoring.BM25F())

    def search(words: list[str]) -> Sequence[int]:
        found = searcher.search(Or([Term("text", word) for word in sorted(set(words))]), limit=DEPTH)
        return [hit["row"] for hit in found]

    return search


def _lucene(documents: list[list[str]]) -> Search:
    from faq_component.retrieval.engines.lucene_engine import LuceneEngine, start_java

    start_java()
    engine = LuceneEngine(documents)
    return lambda words: [row for row, _ in engine.search(list(Counter(words).items()), DEPTH)]


def _milvus(vectors: Any) -> Search:
    from pymilvus import DataType, MilvusClient

    client = MilvusClient(str(Path(tempfile.mkdtemp()) / "milvus.db"))
    schema = client.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=vectors.shape[1])
    index = client.prepare_index_params()
    index.add_index("vector", index_type="FLAT", metric_type="IP")  # Milvus Lite does not support HNSW
    client.create_collection("posts", schema=schema, index_params=index)
    for start in range(0, len(vectors), 1_000):
        rows = range(start, min(start + 1_000, len(vectors)))
        client.insert("posts", [{"id": row, "vector": vectors[row]} for row in rows])
    return lambda vector: [hit["id"] for hit in client.search("posts", [vector], limit=DEPTH)[0]]


def _faiss(kind: str) -> Callable[[Any], Search]:
    def build(vectors: Any) -> Search:
        import faiss

        from faq_component.retrieval.indexes import build_index

        faiss.omp_set_num_threads(1)
        index = build_index(vectors, kind)
        return lambda vector: index.search(vector[None, :], DEPTH)[1][0].tolist()

    return build


def _semantic_search(vectors: Any) -> Search:
    import torch
    from sentence_transformers.util import dot_score, semantic_search

    torch.set_num_threads(1)
    corpus = torch.from_numpy(np.array(vectors))

    def search(vector: Any) -> Sequence[int]:
        found = semantic_search(torch.from_numpy(vector[None, :]), corpus, top_k=DEPTH, score_function=dot_score)
        return [int(hit["corpus_id"]) for hit in found[0]]

    return search


KEYWORD: dict[str, Callable[[list[list[str]]], Search]] = {
    "keyword (ours)": _inverted,
    "rank-bm25": _rank_bm25,
    "bm25s": _bm25s,
    "scikit-learn TF-IDF": _sklearn,
    "Whoosh": _whoosh,
    "Lucene": _lucene,
}
VECTOR: dict[str, Callable[[Any], Search]] = {
    "numpy exact": _faiss("exact"),
    "faiss flat": _faiss("flat"),
    "hnsw (ours)": _faiss("hnsw"),
    "ivf (ours)": _faiss("ivf"),
    "sq8 (ours)": _faiss("sq8"),
    "sentence-transformers": _semantic_search,
    "Milvus Lite": _milvus,
}


def _resident() -> int:
    """Return the resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def measure(system: str, posts: int, data: Path) -> dict[str, Any]:
    """Build an index in this process and search it; return milliseconds, MiB, and recall@10 of a vector index."""
    from benchmarks.sentences import encode_to_file, read_sentences, repeat_texts, repeat_vectors
    from faq_component.retrieval.tokens import characters_and_bigrams

    texts = read_sentences(data)
    asked, kept = texts[:QUERIES], texts[QUERIES:]
    corpus: Any
    queries: Any
    if system in KEYWORD:
        corpus = [characters_and_bigrams(text) for text in repeat_texts(kept, posts)]
        queries = [characters_and_bigrams(text) for text in asked]
    else:
        vectors = encode_to_file(texts, _VECTORS)
        queries = np.array(vectors[:QUERIES])
        corpus = repeat_vectors(np.array(vectors[QUERIES : QUERIES + posts]), posts)
        del vectors
    before = _resident()
    start = time.perf_counter()
    search = KEYWORD[system](corpus) if system in KEYWORD else VECTOR[system](corpus)
    build = time.perf_counter() - start
    memory = _resident() - before
    for query in queries[:3]:
        search(query)
    milliseconds, found = [], []
    began = time.perf_counter()
    for query in queries:
        start = time.perf_counter()
        found.append(search(query))
        milliseconds.append(1000 * (time.perf_counter() - start))
        if time.perf_counter() - began > _SECONDS and len(found) >= 20:
            break
    return {
        "system": system,
        "posts": posts,
        "build_s": build,
        "memory_mib": memory / 2**20,
        "p50_ms": statistics.median(milliseconds),
        "p99_ms": float(np.percentile(milliseconds, 99)),
        "queries": len(found),
        "recall": None if system in KEYWORD else _recall(found, queries, corpus),
    }


def _recall(found: list[Sequence[int]], queries: Any, corpus: Any) -> float:
    shares = []
    for rows, query in zip(found, queries, strict=False):
        products = corpus @ query
        tenth = np.partition(products, -DEPTH)[-DEPTH]
        shares.append(float((products[list(rows)] >= tenth - 1e-6).sum()) / DEPTH)
    return statistics.mean(shares)


def main() -> None:
    """Measure every system at every size, and print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, action="append", help="number of posts; may be repeated")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder that holds pairs/*.tsv.gz")
    parser.add_argument(
        "--system", action="append", choices=[*KEYWORD, *VECTOR], help="measure only this system; may be repeated"
    )
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.system[0], arguments.posts[0], arguments.data)))
        return
    keyword = ("rank-bm25", "bm25s", "scikit-learn", "whoosh-reloaded", "jpype1")
    print(machine(*keyword, "faiss-cpu", "sentence-transformers", "pymilvus", "milvus-lite"))
    for posts in arguments.posts or [20_000, 100_000]:
        print(f"\n{posts:,} posts\n\n| way | build s | MiB | p50 ms | p99 ms | recall@10 | queries |")
        print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
        for system in arguments.system or [*KEYWORD, *VECTOR]:
            command = [sys.executable, "-m", "benchmarks.recall", "--measure", "--system", system]
            command += ["--posts", str(posts), "--data", str(arguments.data)]
            environment = {**os.environ, **dict.fromkeys(_THREADS, "1")}
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                print(f"| {system} | failed with status {done.returncode} | | | | | |", flush=True)
                continue
            row = json.loads(done.stdout.splitlines()[-1])
            recall = "" if row["recall"] is None else f"{row['recall']:.4f}"
            print(
                f"| {system} | {row['build_s']:.1f} | {row['memory_mib']:.0f} | {row['p50_ms']:.2f} | "
                f"{row['p99_ms']:.2f} | {recall} | {row['queries']} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
