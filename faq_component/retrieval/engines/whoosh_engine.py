"""Keyword retrieval by Whoosh, a search library in pure Python."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faq_component.errors import MissingExtraError
from faq_component.knowledge.checking import Faq
from faq_component.retrieval.engines.engine import EngineRetriever, rows_in
from faq_component.retrieval.indexes import Mask
from faq_component.retrieval.tokens import Tokenizer
from faq_component.retrieval.weighting import Corpus
from faq_component.support.files import write_atomically

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1


@dataclass(frozen=True)
class WhooshBm25:
    """BM25F of Whoosh (whoosh.scoring): ``idf = ln(N / (n + 1)) + 1``, k1 1.2, b 0.75."""

    k1: float = 1.2
    b: float = 0.75

    def idf(self, containing: int, corpus: Corpus) -> float:
        """``ln(N / (n + 1)) + 1``."""
        return math.log(corpus.posts / (containing + 1)) + 1

    def frequency(self, count: int, length: int, corpus: Corpus) -> float:
        """Saturating term frequency; Whoosh stores lengths with less precision, in a byte."""
        return count * (self.k1 + 1) / (count + self.k1 * (1 - self.b + self.b * length / corpus.mean_length))

    def mend(self, idf: float, mean_idf: float) -> float:
        """Return the IDF unchanged."""
        return idf


class WhooshRetriever(EngineRetriever):
    """Whoosh over this package's tokens; slow, for comparison only.

    Whoosh unpickles the schema of an index that it opens. So the index is in a private folder, and the checksum of all
    its files is outside that folder: an index that does not match, or that somebody else could have written, is
    rebuilt. `ArtifactStore` does not fit: Whoosh opens a folder of files, and with unpickling a checksum alone is not
    enough.

    Raises:
        MissingExtraError: whoosh-reloaded is not installed.
    """

    def __init__(self, faq: Faq, tokenize: Tokenizer, folder: str | Path) -> None:
        """Open or build the index in `folder`, which is emptied before it is built; its checksum is beside it."""
        try:
            import whoosh  # noqa: F401
        except ImportError as error:
            raise MissingExtraError("whoosh-reloaded", "keyword") from error
        super().__init__(faq, tokenize, WhooshBm25())
        if any(self.documents):
            self._engine = _WhooshEngine(_open_or_build(Path(folder), self.documents))


class _WhooshEngine:
    def __init__(self, index: Any) -> None:
        from whoosh import scoring

        self._searcher = index.searcher(weighting=scoring.BM25F(B=0.75, K1=1.2))

    def search(
        self, words: Sequence[tuple[str, int]], count: int, among: Mask | None = None
    ) -> list[tuple[int, float]]:
        """Return rows and scores of the posts with these words, as `Engine.search`."""
        from whoosh.query import Or, Term

        query = Or([Term("text", word, boost=times) for word, times in words])
        found = self._searcher.search(query, limit=count if among is None else None)
        rows = ((hit["row"], hit.score) for hit in found)
        return list(rows) if among is None else rows_in(rows, count, among)


def _open_or_build(folder: Path, documents: Sequence[Sequence[str]]) -> Any:
    from whoosh import index

    checksum = folder.with_name(f"{folder.name}.sha256")
    content = hashlib.sha256(json.dumps([FORMAT_VERSION, documents], ensure_ascii=False).encode()).hexdigest()
    try:
        kept = checksum.read_text(encoding="utf-8").split() if _is_private(folder) else []
    except (OSError, UnicodeDecodeError):
        kept = []
    if kept and kept == [content, _checksum(folder)]:
        return index.open_dir(str(folder))
    if folder.exists():
        logger.warning("The Whoosh index %s belongs to another FAQ, is damaged, or not private; it is rebuilt.", folder)
        shutil.rmtree(folder)
    _build(folder, documents)
    write_atomically(checksum, f"{content} {_checksum(folder)}\n".encode())
    return index.open_dir(str(folder))


def _build(folder: Path, documents: Iterable[Sequence[str]]) -> None:
    from whoosh import fields, index
    from whoosh.analysis import RegexTokenizer

    folder.mkdir(parents=True, mode=0o700)
    # Tokens contain no white space, so a text of tokens joined by spaces splits into them.
    text = fields.TEXT(analyzer=RegexTokenizer(r"\S+"), phrase=False)
    writer = index.create_in(str(folder), fields.Schema(row=fields.STORED, text=text)).writer()
    for row, words in enumerate(documents):
        writer.add_document(row=row, text=" ".join(words))
    writer.commit()


def _is_private(folder: Path) -> bool:
    """Whether the folder belongs to this user and nobody else can write to it."""
    status = folder.stat()
    return folder.is_dir() and not folder.is_symlink() and status.st_uid == os.getuid() and not status.st_mode & 0o022


def _checksum(folder: Path) -> str:
    """SHA-256 over the names, sizes and contents of all files of the folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        content = path.read_bytes() if path.is_file() else b""
        digest.update(json.dumps([path.name, len(content)]).encode() + content)
    return digest.hexdigest()
