"""Comparison of secrets."""

from __future__ import annotations

from typing import Any

import pytest

from faq_component.support.secret import same_secret


@pytest.mark.parametrize(
    ("given", "secret", "same"),
    [
        ("s3cret", "s3cret", True),
        ("密钥", "密钥", True),
        ("s3creT", "s3cret", False),
        ("", "s3cret", False),
        ("s3cret\n", "s3cret", False),
        ("\ud800", "?", False),  # half a surrogate pair
        (None, "None", False),
        (5, "5", False),
        (b"s3cret", "s3cret", False),
    ],
)
def test_only_the_same_text_is_the_same_secret(given: Any, secret: str, same: bool) -> None:
    assert same_secret(given, secret) is same
