"""What an action server returns is checked as Rasa checks it, but with a schema compiled once."""

from __future__ import annotations

import pytest

pytest.importorskip("rasa", reason="rasa is not installed")

from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from faq_component.rasa.components import action_server_guard


@pytest.fixture(autouse=True)
def check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RemoteAction, "_validate_action_result", action_server_guard._original_validate)
    action_server_guard.check_results_quickly()


def action() -> RemoteAction:
    return RemoteAction("action_faq_answer", action_endpoint=None)


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"events": [], "responses": [{"text": "祝你做个好梦"}]},
        {"events": [{"event": "slot", "name": "faq_topic", "value": "good_night", "timestamp": None}]},
    ],
)
def test_what_fits_passes(result: dict[str, object]) -> None:
    assert action()._validate_action_result(result) is True


@pytest.mark.parametrize("result", [{"events": [{"name": "faq_topic"}]}, {"responses": "text"}, {"events": {}}])
def test_what_does_not_fit_is_refused_in_rasas_words(result: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="Failed to validate Action server response"):
        action()._validate_action_result(result)
