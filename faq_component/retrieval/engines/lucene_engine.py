"""Keyword retrieval by Apache Lucene, inside this process through JPype."""

from __future__ import annotations

import hashlib
import math
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from glob import glob
from typing import Any

from faq_component.errors import MissingExtraError, StartError
from faq_component.knowledge.checking import Faq
from faq_component.language import N_, _
from faq_component.retrieval.engines.engine import EngineRetriever, rows_in
from faq_component.retrieval.indexes import Mask
from faq_component.retrieval.tokens import Tokenizer
from faq_component.retrieval.weighting import Corpus

# Jars of Debian's package liblucene8-java.
DEFAULT_JARS = "/usr/share/java/lucene-core-8*.jar:/usr/share/java/lucene-analyzers-common-8*.jar"
_INSTALL = N_("on Debian: apt install liblucene8-java openjdk-17-jre-headless")
_LONGEST = 200
_MOST_CLAUSES = 8_192
_starting = threading.Lock()


@dataclass(frozen=True)
class LuceneBm25:
    """BM25Similarity of Lucene 8: ``idf = ln(1 + (N - n + 0.5) / (n + 0.5))``, k1 1.2, b 0.75, without ``k1 + 1``."""

    k1: float = 1.2
    b: float = 0.75

    def idf(self, containing: int, corpus: Corpus) -> float:
        """``ln(1 + (N - n + 0.5) / (n + 0.5))``."""
        return math.log1p((corpus.posts - containing + 0.5) / (containing + 0.5))

    def frequency(self, count: int, length: int, corpus: Corpus) -> float:
        """Saturating term frequency; Lucene stores lengths over 40 with less precision, in a byte."""
        return count / (count + self.k1 * (1 - self.b + self.b * length / corpus.mean_length))

    def mend(self, idf: float, mean_idf: float) -> float:
        """Return the IDF, which is never negative."""
        return idf


class LuceneRetriever(EngineRetriever):
    """Lucene 8 over this package's tokens, with its index in memory.

    A process has one Java virtual machine: it starts with the first such retriever and stays until the process ends.
    The jars are Debian's, or those of the environment variable LUCENE_JARS (glob patterns, separated by colons).

    Raises:
        MissingExtraError: jpype1 is not installed.
        StartError: Java or Lucene is missing, or this process already runs a Java without Lucene.
    """

    def __init__(self, faq: Faq, tokenize: Tokenizer) -> None:
        start_java()
        super().__init__(faq, tokenize, LuceneBm25())
        if any(self.documents):
            self._engine = LuceneEngine(self.documents)


class LuceneEngine:
    """A Lucene index of tokens, in memory. *Shape:* `documents` ``(posts,)``."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        directory = _lucene("store.ByteBuffersDirectory")()
        writer = _lucene("index.IndexWriter")(
            directory, _lucene("index.IndexWriterConfig")(_lucene("analysis.core.WhitespaceAnalyzer")())
        )
        kind = _lucene("document.FieldType")()
        kind.setIndexOptions(_lucene("index.IndexOptions").DOCS_AND_FREQS)
        kind.setTokenized(True)
        for row, words in enumerate(documents):
            document = _lucene("document.Document")()
            document.add(_lucene("document.StoredField")("row", row))
            document.add(_lucene("document.Field")("text", " ".join(map(_term, words)), kind))
            writer.addDocument(document)
        writer.close()
        self._searcher = _lucene("search.IndexSearcher")(_lucene("index.DirectoryReader").open(directory))

    def search(
        self, words: Sequence[tuple[str, int]], count: int, among: Mask | None = None
    ) -> list[tuple[int, float]]:
        """Return rows and scores of the posts with these words, as `Engine.search`."""
        should = _lucene("search.BooleanClause").Occur.SHOULD
        builder = _lucene("search.BooleanQuery").Builder()
        for word, times in words:
            query = _lucene("search.TermQuery")(_lucene("index.Term")("text", _term(word)))
            builder.add(_lucene("search.BoostQuery")(query, float(times)), should)
        found = self._searcher.search(builder.build(), count if among is None else len(among)).scoreDocs
        rows = ((int(self._searcher.doc(hit.doc).getField("row").numericValue()), float(hit.score)) for hit in found)
        return list(rows) if among is None else rows_in(rows, count, among)


def _term(word: str) -> str:
    """Replace a long word by its hash: Lucene's analyzer would split one of more than 255 characters."""
    return word if len(word) <= _LONGEST else hashlib.sha256(word.encode()).hexdigest()


@lru_cache
def _lucene(name: str) -> Any:
    from jpype import JClass

    return JClass(f"org.apache.lucene.{name}")


def start_java() -> None:
    """Start Java with Lucene on its class path, unless it runs already.

    Raises:
        MissingExtraError: jpype1 is not installed.
        StartError: Java or Lucene is missing, or this process already runs a Java without Lucene.
    """
    try:
        import jpype
    except ImportError as error:
        raise MissingExtraError("jpype1", "lucene") from error
    with _starting:
        if not jpype.isJVMStarted():
            patterns = os.environ.get("LUCENE_JARS", DEFAULT_JARS)
            jars = [jar for pattern in patterns.split(":") for jar in glob(pattern)]  # noqa: PTH207 (absolute patterns)
            if not jars:
                raise StartError(
                    _("there are no jars of Lucene at {patterns}; {mend}").format(patterns=patterns, mend=_(_INSTALL))
                )
            try:
                jpype.startJVM("-Xss2m", "-Djava.awt.headless=true", classpath=jars, convertStrings=False)
            except (jpype.JVMNotFoundException, OSError, RuntimeError) as error:
                raise StartError(
                    _("Java cannot be started ({error}); {mend}").format(error=error, mend=_(_INSTALL))
                ) from error
        try:
            # A question has at most 512 characters, so about twice as many tokens.
            _lucene("search.BooleanQuery").setMaxClauseCount(_MOST_CLAUSES)
        except (TypeError, AttributeError) as error:
            raise StartError(_("this process runs a Java without Lucene; let this retriever start it")) from error
