"""A Milvus server beside one process with an HNSW graph: recall@10, time, memory, build, and edits of ten posts.

`python -m benchmarks.milvus --posts 20000 --posts 100000` starts the standalone server of `.venv-milvus` (`.ci/run`
makes it) on an empty folder for each size, or takes the one that `--uri` names, and measures each side in a process of
its own, over the same real sentences, five a topic. Beyond `--sentences`, copies with noise are added.
Vectors are computed before and cached, so that no time has encoding in it. Recall@10 is the share of the ten results of
exact search that are found; a tie with the tenth counts as found. Each round asks the same questions; a row has the
median round, and the least and the greatest in brackets.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine
from benchmarks.sentences import encode_to_file, read_sentences, repeat_texts, repeat_vectors
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval import DenseRetriever
from faq_component.retrieval.engines import milvus_vectors
from faq_component.retrieval.engines.milvus import MilvusRetriever
from faq_component.retrieval.engines.milvus_client import Deadline
from faq_component.retrieval.indexes import Vectors, build_index
from faq_component.retrieval.question import Question

DEPTH = 10
EFFORTS = (16, 32, 64, 96, 128, 192, 256)
_PER_TOPIC = 5
_VECTORS = Path(".faq/benchmark.npy")
_COLLECTION = "benchmark"
_MIB = 2**20


@dataclass
class Corpus:
    """Questions and an FAQ with known vectors; an `Encoder` of both.

    Args:
        questions: not in the FAQ.
        posts: of the FAQ.
        asked: vectors of the questions, ``(questions, dim)``.
        vectors: of the posts, ``(posts, dim)``.
    """

    questions: list[str]
    posts: list[str]
    asked: Vectors
    vectors: Vectors
    fingerprint: str = "benchmark"

    def __post_init__(self) -> None:
        self.dim = self.vectors.shape[1]
        self._row_of = {text: row for row, text in enumerate(self.posts)}
        self._row_of_question = {text: row for row, text in enumerate(self.questions)}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Look the vectors up; a text that is neither post nor question gets one that its characters draw."""
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Vectors:
        known: Vectors
        if (row := self._row_of.get(text)) is not None:
            known = self.vectors[row]
            return known
        if (row := self._row_of_question.get(text)) is not None:
            known = self.asked[row]
            return known
        drawn = np.random.default_rng(list(text.encode())).normal(size=self.dim).astype(np.float32)
        vector: Vectors = drawn / np.linalg.norm(drawn)
        return vector

    def faq(self, edit: int = 0) -> Faq:
        """Return the FAQ; each edit has replaced the posts of two topics in its middle."""
        posts, changed = list(self.posts), 2 * _PER_TOPIC if edit else 0
        middle = len(posts) // 2 // _PER_TOPIC * _PER_TOPIC
        posts[middle : middle + changed] = [f"第{edit}次修改的第{n}个问题" for n in range(changed)]
        groups = (tuple(posts[start : start + _PER_TOPIC]) for start in range(0, len(posts), _PER_TOPIC))
        return Faq.of(Topic(f"t{n}", f"{n} {group[0][:50]}", group, ("好",)) for n, group in enumerate(groups))


def read_corpus(data: Path, posts: int, questions: int, sentences: int) -> Corpus:
    """Read sentences, at most so many for the posts, and their vectors."""
    texts = read_sentences(data)
    asked, kept = texts[:questions], texts[questions : questions + min(posts, sentences)]
    vectors = encode_to_file(texts[: questions + len(kept)], _VECTORS)
    repeated = repeat_vectors(np.array(vectors[questions : questions + len(kept)]), posts)
    return Corpus(asked, repeat_texts(kept, posts), np.array(vectors[:questions]), repeated)


def measure_milvus(corpus: Corpus, uri: str, rounds: int) -> None:
    """Build the collection, and measure."""
    before, begun = _resident(os.getpid()), time.perf_counter()
    faq = corpus.faq()
    retriever = MilvusRetriever(faq, corpus, uri=uri, collection=_COLLECTION, mode="dense")
    built = time.perf_counter() - begun
    vectors = retriever.stored
    if vectors is None:
        raise SystemExit("there are no posts")
    print(f"| version of the server | {'.'.join(map(str, vectors.store.version or ()))} |")
    print(f"| build | {built:.1f} s |")
    print(f"| memory of the client | {(_resident(os.getpid()) - before) / _MIB:.0f} MiB |")
    print(f"| open again | {_interval(_timed(rounds, lambda _: _opened(corpus, uri)), 's')} |", flush=True)
    chosen = milvus_vectors._LEAST_EFFORT
    for effort in EFFORTS:
        milvus_vectors._LEAST_EFFORT = effort
        _print_search(f"ef {effort}", corpus, rounds, lambda query: vectors.search(query, DEPTH, None, Deadline(30))[0])
    milvus_vectors._LEAST_EFFORT = chosen
    _print_topics(corpus, retriever, rounds)
    _print_edits(corpus, retriever, rounds)


def _opened(corpus: Corpus, uri: str) -> None:
    MilvusRetriever(corpus.faq(), corpus, uri=uri, collection=_COLLECTION, mode="dense")


def measure_hnsw(corpus: Corpus, rounds: int) -> None:
    """Build the graph in this process, and measure."""
    import faiss

    faiss.omp_set_num_threads(2)
    before, begun = _resident(os.getpid()), time.perf_counter()
    retriever = DenseRetriever(corpus.faq(), corpus, build=lambda vectors: build_index(vectors, "hnsw"))
    print(f"| build | {time.perf_counter() - begun:.1f} s |")
    faiss.omp_set_num_threads(1)  # of one question more would only wait for each other
    print(f"| memory | {(_resident(os.getpid()) - before) / _MIB:.0f} MiB |", flush=True)
    _print_search("hnsw", corpus, rounds, lambda query: retriever.search_posts(query, DEPTH)[0])
    _print_topics(corpus, retriever, rounds)
    _print_edits(corpus, retriever, rounds)


def _print_search(name: str, corpus: Corpus, rounds: int, search: Callable[[Any], Any]) -> None:
    found: list[Any] = []

    def ask(_round: int) -> None:
        found[:] = [search(query) for query in corpus.asked]

    seconds = [each / len(corpus.asked) for each in _timed(rounds, ask)]
    print(f"| {name}: recall@10 {_recall(found, corpus):.4f} | {_interval(seconds, 'ms', 1000)} |", flush=True)


def _print_topics(corpus: Corpus, retriever: Any, rounds: int) -> None:
    def ask(_round: int) -> None:
        for text in corpus.questions:
            retriever.search(Question(text), 5)

    seconds = [each / len(corpus.questions) for each in _timed(rounds, ask)]
    print(f"| five topics | {_interval(seconds, 'ms', 1000)} |", flush=True)


def _print_edits(corpus: Corpus, retriever: Any, rounds: int) -> None:
    """Edit ten posts again and again, and search for one of them after each edit."""
    edits = [corpus.faq(edit) for edit in range(1, rounds + 2)]
    seconds = []
    for number, faq in enumerate(edits, start=1):
        begun = time.perf_counter()
        retriever = retriever.updated(faq)
        post = f"第{number}次修改的第7个问题"
        if retriever.search(Question(post), 1)[0].post != post:
            raise SystemExit(f"edit {number} is not found")
        seconds.append(time.perf_counter() - begun)
    print(f"| ten posts edited, until one is found | {_interval(seconds[1:], 's')} |", flush=True)


def _timed(rounds: int, run: Callable[[int], None]) -> list[float]:
    """Return the seconds of each round; one before them warms up."""
    seconds = []
    for number in range(rounds + 1):
        begun = time.perf_counter()
        run(number)
        seconds.append(time.perf_counter() - begun)
    return seconds[1:]


def _interval(seconds: Sequence[float], unit: str, factor: float = 1.0) -> str:
    values = sorted(factor * each for each in seconds)
    return f"{statistics.median(values):.2f} {unit} ({values[0]:.2f} to {values[-1]:.2f})"


def _recall(found: Sequence[Any], corpus: Corpus) -> float:
    shares = []
    for rows, query in zip(found, corpus.asked, strict=True):
        products = corpus.vectors @ query
        tenth = np.partition(products, -DEPTH)[-DEPTH]
        shares.append(float((products[np.array(rows, dtype=np.int64)] >= tenth - 1e-6).sum()) / DEPTH)
    return statistics.mean(shares)


def _resident(process: int) -> int:
    """Return the resident memory of a process in bytes."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def _stored_bytes(folder: Path) -> int:
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())


def main() -> None:
    """Measure both sides at every size, and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, action="append", help="number of posts; may be repeated")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder that holds pairs/*.tsv.gz")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--sentences", type=int, default=200_000, help="most that are encoded; the rest are copies")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", choices=("milvus", "hnsw"), action="append", help="only this side")
    parser.add_argument("--uri", help="a server that runs; its memory and disk are then not measured")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        corpus = read_corpus(arguments.data, arguments.posts[0], arguments.questions, arguments.sentences)
        if arguments.side == ["milvus"]:
            measure_milvus(corpus, arguments.uri, arguments.rounds)
        else:
            measure_hnsw(corpus, arguments.rounds)
        return
    print(machine("pymilvus", "faiss-cpu"))
    for posts in arguments.posts or [20_000, 100_000]:
        for side in arguments.side or ("milvus", "hnsw"):
            options = {"--posts": posts, "--data": arguments.data, "--questions": arguments.questions}
            options |= {"--sentences": arguments.sentences, "--rounds": arguments.rounds, "--side": side}
            command = [sys.executable, "-m", "benchmarks.milvus", "--measure"]
            command += [str(word) for option in options.items() for word in option]
            print(f"\n{posts:,} posts, {side}\n\n| | |\n| --- | --- |", flush=True)
            if side == "hnsw":
                subprocess.run(command, check=True)
            elif arguments.uri:
                subprocess.run([*command, "--uri", arguments.uri], check=True)
            else:
                _with_server(command)


def _with_server(command: list[str]) -> None:
    """Run a command against a server of its own; print the server's memory and disk before and after."""
    from tests.milvus_server import PYTHON, MilvusServer

    if not PYTHON.exists():
        raise SystemExit("The Milvus server is not installed: .ci/run makes .venv-milvus; or name one with --uri")
    with tempfile.TemporaryDirectory(prefix="faq-milvus-") as name, MilvusServer(Path(name), quick=False) as server:
        empty, on_disk = _resident(server.process.pid), _stored_bytes(Path(name))
        subprocess.run([*command, "--uri", server.uri], check=True)
        used, stored = _resident(server.process.pid), _stored_bytes(Path(name))
        print(f"| memory of the server, empty | {empty / _MIB:.0f} MiB |")
        print(f"| memory of the server | {used / _MIB:.0f} MiB |")
        print(f"| disk of the server, log of writes included | {(stored - on_disk) / _MIB:.0f} MiB |", flush=True)


if __name__ == "__main__":
    main()
