"""The settings of a training: their help, and errors in the language of the user."""

from __future__ import annotations

from dataclasses import fields

import pytest

from faq_component.errors import SettingsError
from faq_component.training.settings import LOSSES, TrainingSettings


def test_the_help_lists_every_loss() -> None:
    (help_,) = (item.metadata["help"] for item in fields(TrainingSettings) if item.name == "loss")
    assert help_.endswith(f": {', '.join(LOSSES)}")


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "setting 'batch_size' is 1.5; it must be a whole number"),
        ("zh", "设置“batch_size”是 1.5；它必须是整数"),
    ],
)
def test_an_error_is_in_the_language_of_the_user(language: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQ_LANGUAGE", language)
    with pytest.raises(SettingsError, match=message):
        TrainingSettings(batch_size=1.5)  # type: ignore[arg-type]
