"""Check that the packages of the extra ``train`` are installed, before work begins that would fail without them."""

from __future__ import annotations

import importlib.util

from faq_component.errors import MissingExtraError

_TRAINING = (
    "torch",
    "transformers",
    "accelerate",
    "sentence_transformers",
    "datasets",
    "matplotlib",
    "textbrewer",
    "onnx",
)
_EXPORT = ("torch", "transformers", "onnx")


def require_training_packages() -> None:
    """Check that the packages of training and distillation are installed.

    Raises:
        MissingExtraError: names the first package that is not installed.
    """
    require_packages(*_TRAINING)


def require_export_packages() -> None:
    """Check that the packages of the export to ONNX are installed.

    Raises:
        MissingExtraError: names the first package that is not installed.
    """
    require_packages(*_EXPORT)


def require_packages(*packages: str) -> None:
    """Check that packages of the extra ``train`` are installed, without importing them.

    Raises:
        MissingExtraError: names the first package that is not installed.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "train")
