"""Numbers of the service that are none: each is an error with a sentence, and none reaches a vector or a decision."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from faq_component.errors import ServiceError
from faq_component.rasa.remote.ahead import ENCODE
from faq_component.rasa.remote.client import ServiceClient
from faq_component.rasa.remote.encoder import ServiceEncoder
from faq_component.types import Result
from tests.servers import ROOT

NO_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400, "null", '"1"', '"x"', "true", "[1]", "{}", "1e39"]
RESULT = '{"outcome":"answer","confidence":CONFIDENCE,"topics":["a"],"hits":[{"topic":"a","score":SCORE}],"version":""}'


class Answering(ServiceClient):
    """A service whose vectors hold this text for each number."""

    def __init__(self, number: str) -> None:
        self.number = number

    def post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        metadata = ServiceEncoder(self, ROOT / "models" / "encoder")
        row = f"[{', '.join([self.number] + ['0.5'] * (metadata.dim - 1))}]"
        rows = ", ".join([row] * len(content["texts"]))
        assert path == ENCODE
        answer: dict[str, Any] = json.loads(f'{{"encoder": "{metadata.fingerprint}", "vectors": [{rows}]}}')
        return answer


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_vector_holds_finite_numbers_alone(number: str) -> None:
    encoder = ServiceEncoder(Answering(number), ROOT / "models" / "encoder")
    with pytest.raises(ServiceError, match="the service's vectors are not rows of finite numbers"):
        encoder.encode(["hi", "you"])


@pytest.mark.parametrize("number", ["0.5", "1", "-1", "1e-40"])
def test_numbers_are_kept(number: str) -> None:
    vectors = ServiceEncoder(Answering(number), ROOT / "models" / "encoder").encode(["hi"])
    assert vectors.dtype == np.float32
    assert vectors[0, 0] == np.float32(float(number))


@pytest.mark.parametrize("number", [number for number in NO_NUMBERS if number != "1e39"])
@pytest.mark.parametrize("field", ["CONFIDENCE", "SCORE"])
def test_a_decision_holds_finite_numbers_alone(field: str, number: str) -> None:
    text = RESULT.replace(field, number)
    for other in ("CONFIDENCE", "SCORE"):
        text = text.replace(other, "0.9")
    assert Result.from_json(json.loads(text)) is None
    assert Result.from_json(json.loads(text.replace(number, "0.9"))) is not None
