from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rasa.channels.fake_platforms import FakePlatforms
from tests.rasa.channels.posting import ChannelsBot, running_with_all_channels


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
