from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.rasa.channels.fake_platforms import FakePlatforms
from tests.rasa.channels.platforms import OTHERS, SECRETS
from tests.rasa.channels.posting import ChannelsBot
from tests.rasa.channels.redirect import PLATFORMS
from tests.servers import ROOT


def all_channels() -> str:
    """`credentials.yml` with every section switched on; the token of REST stays off."""
    written = (ROOT / "credentials.yml").read_text("utf-8")
    return re.sub(r"^# (?=faq_component|  (?!.*REST_TOKEN))", "", written, flags=re.MULTILINE)


@pytest.fixture(scope="package")
def platforms() -> Iterator[FakePlatforms]:
    with FakePlatforms() as running:
        yield running


@pytest.fixture(scope="package")
def channels(
    trained: None, platforms: FakePlatforms, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ChannelsBot]:
    """A real Rasa with all channels, whose platforms are fake."""
    folder = tmp_path_factory.mktemp("channels")
    (folder / "credentials.yml").write_text("tests.rasa.channels.redirect.Redirect:\n" + all_channels(), "utf-8")
    environment = {**SECRETS, **OTHERS, "CALLBACK_URL": f"{platforms.url}/callback", PLATFORMS: platforms.url}
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        with ChannelsBot(folder) as running:
            yield running
