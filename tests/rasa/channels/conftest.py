from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faq_component.rasa.channels import handled
from faq_component.settings import Settings
from tests.rasa.channels.fake_platforms import FakePlatforms
from tests.rasa.channels.posting import ChannelsBot, running_with_all_channels


@pytest.fixture(autouse=True)
def no_delivery_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Channels in the process of a test know no delivery of another test or run."""
    monkeypatch.setattr(handled, "load_settings", lambda: Settings(cache_dir=str(tmp_path)))


@pytest.fixture(scope="package")
def platforms() -> Iterator[FakePlatforms]:
    with FakePlatforms() as running:
        yield running


@pytest.fixture(scope="package")
def channels(
    trained: None, platforms: FakePlatforms, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ChannelsBot]:
    """A real Rasa with all channels, whose platforms are fake."""
    with running_with_all_channels(tmp_path_factory.mktemp("channels"), platforms) as running:
        yield running
