"""What is written in a format reads back as it was: texts, objects, ids, titles and their order."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from faq_component.errors import FaqDataError
from faq_component.exchange import read_exchange, write_exchange
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.topics import Faq
from tests.exchange.faqs import faqs, hard_faq

SUFFIXES = [".xlsx", ".csv", ".tsv", ".json", ".md", ".yml"]


def there_and_back(faq: Faq, suffix: str) -> Faq:
    with tempfile.TemporaryDirectory() as folder:
        drafts = read_exchange(write_exchange(faq, Path(folder, f"faq{suffix}")))
    assert (drafts.faults, drafts.notes) == ([], [])
    return Faq.of(draft.topic for draft in drafts.topics)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(faq=faqs())
def test_any_faq(suffix: str, faq: Faq) -> None:
    try:
        assert there_and_back(faq, suffix) == faq
    except FaqDataError as error:
        assume(" holds 32767 in a cell; shorten it" not in str(error))  # an answer of many parts is long as JSON
        raise


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_known_to_be_hard(suffix: str) -> None:
    faq = hard_faq()
    for before, after in zip(faq.topics, there_and_back(faq, suffix).topics, strict=True):
        assert after == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_demo_faq(suffix: str) -> None:
    faq = load_faq("data/faq")
    assert there_and_back(faq, suffix) == faq
