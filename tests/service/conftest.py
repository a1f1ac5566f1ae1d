from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from faq_component.service.app import EXTENSION, create_app
from faq_component.service.faq_service import FaqService
from faq_component.service.settings import ServiceSettings
from tests.service.faqs import TOKEN, settings_in

Open = Callable[..., FlaskClient]


@pytest.fixture
def open_client(tmp_path: Path) -> Iterator[Open]:
    """Makes clients of applications over the small knowledge base; `recall` are settings, the rest the service's."""
    opened: list[FaqService] = []

    def make(recall: dict[str, Any] | None = None, **limits: Any) -> FlaskClient:
        app = create_app(settings_in(tmp_path, **(recall or {})), ServiceSettings(**{"token": TOKEN, **limits}))
        opened.append(app.extensions[EXTENSION])
        return app.test_client()

    yield make
    for service in opened:
        service.close()


@pytest.fixture
def client(open_client: Open) -> FlaskClient:
    return open_client()


def service_of(client: FlaskClient) -> FaqService:
    service: FaqService = client.application.extensions[EXTENSION]
    return service
