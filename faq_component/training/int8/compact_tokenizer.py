"""Write a tokenizer file without indentation, and without digits beyond the precision of its float32 scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np


def write_tokenizer(tokenizer: Any, file: Path) -> None:
    """Write the ``tokenizer.json`` of a `tokenizers.Tokenizer` in less than half the space of its own `save`.

    The scores of a Unigram model are float32 numbers widened to float64: -10.9 is stored as -10.899999618530273. They
    are written with the fewest digits that identify the float32; the greatest change is half of its last bit.
    """
    content = json.loads(tokenizer.to_str())
    if content["model"].get("type") == "Unigram":
        content["model"]["vocab"] = [[piece, _shorten(score)] for piece, score in content["model"]["vocab"]]
    file.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _shorten(score: float) -> float:
    """Return the shortest decimal of a number that is a float32; any other number unchanged.

    `tokenizers` reads a number to within the last bit of float64, so few are a float32 exactly.
    """
    narrow = np.float32(score)
    return float(str(narrow)) if abs(float(narrow) - score) <= 1e-14 * abs(score) else score
