"""What training needs besides the core."""

from __future__ import annotations

import importlib.util

from faq_component.errors import MissingExtraError

_PACKAGES = (
    "torch",
    "transformers",
    "accelerate",
    "sentence_transformers",
    "datasets",
    "matplotlib",
    "sklearn",
    "textbrewer",
    "onnx",
)


def require_training_packages() -> None:
    """Check that the extra ``train`` is installed.

    Raises:
        MissingExtraError: names the first package that is not.
    """
    for package in _PACKAGES:
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "train")
