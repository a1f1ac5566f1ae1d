"""The error that names the package of the extra ``train`` that is missing."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from importlib.machinery import ModuleSpec

import pytest

from faq_component.errors import MissingExtraError
from faq_component.training.extras import require_export_packages, require_packages, require_training_packages


def installed(*packages: str) -> Callable[[str], ModuleSpec | None]:
    return lambda name: ModuleSpec(name, None) if name in packages else None


@pytest.mark.parametrize("require", [require_training_packages, require_export_packages])
def test_the_first_missing_package_is_named(require: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", installed("torch"))
    with pytest.raises(MissingExtraError, match=r"'transformers' is not installed; .*\[train\]"):
        require()


def test_packages_of_the_standard_library_are_there() -> None:
    require_packages("json", "sqlite3")
