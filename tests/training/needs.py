"""Skips what needs the extra `train` where it is not installed."""

from __future__ import annotations

import importlib.util

import pytest

_PACKAGES = ("torch", "transformers", "accelerate", "sentence_transformers", "datasets", "textbrewer", "onnx")
_MISSING = [package for package in _PACKAGES if importlib.util.find_spec(package) is None]

needs_training = pytest.mark.skipif(
    bool(_MISSING), reason=f"{', '.join(_MISSING)}: not installed; install the extra 'train'"
)
