"""Writing pair files, in the forms that `read_pairs` reads."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable
from pathlib import Path

from faq_component.evaluation.pairs import Pair
from faq_component.files import write_atomically
from faq_component.training.examples import Example


def write_pairs(path: str | Path, pairs: Iterable[Pair | Example]) -> None:
    """Write ``sentence1, sentence2, label`` with a header: commas where the name ends in ``.csv``, else tabs.

    A name that ends in ``.gz`` is compressed. White space in a sentence, which could be a tab or a line break, becomes
    one space. The file is there whole or not at all.
    """
    path = Path(path)
    out = io.StringIO()
    rows = [(_one_line(pair.first), _one_line(pair.second), str(int(pair.same))) for pair in pairs]
    if ".csv" in path.suffixes:
        csv.writer(out, lineterminator="\n").writerows([("sentence1", "sentence2", "label"), *rows])
    else:
        out.writelines("\t".join(row) + "\n" for row in [("sentence1", "sentence2", "label"), *rows])
    content = out.getvalue().encode()
    write_atomically(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _one_line(text: str) -> str:
    return " ".join(text.split())
