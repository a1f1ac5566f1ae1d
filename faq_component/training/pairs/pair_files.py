"""Write pair files in the formats that `read_pairs` reads."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable
from pathlib import Path

from faq_component.evaluation.pairs import TOPICS, Pair
from faq_component.support.files import write_atomically

_HEADER = ("sentence1", "sentence2", "label", *TOPICS)


def write_pairs(path: str | Path, pairs: Iterable[Pair]) -> None:
    """Write ``sentence1, sentence2, label`` with a header: commas if the name ends in ``.csv``, else tabs.

    Known topics follow as ``topic1, topic2``: once some pairs of a topic are dropped, the others alone may no longer
    connect its sentences.

    A file whose name ends in ``.gz`` is compressed. White space in a sentence, which could be a tab or a line break,
    becomes one space. The write is atomic.
    """
    path = Path(path)
    out = io.StringIO()
    pairs = list(pairs)
    columns = 5 if any(pair.topics for pair in pairs) else 3
    cells = [(pair.first, pair.second, str(int(pair.same)), *(pair.topics or ("", ""))) for pair in pairs]
    rows = [tuple(map(_one_line, row[:columns])) for row in (_HEADER, *cells)]
    if ".csv" in path.suffixes:
        csv.writer(out, lineterminator="\n").writerows(rows)
    else:
        out.writelines("\t".join(row) + "\n" for row in rows)
    content = out.getvalue().encode()
    write_atomically(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _one_line(text: str) -> str:
    return " ".join(text.split())
