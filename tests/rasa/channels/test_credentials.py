"""credentials.yml: as it is, and with what is missing named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rasa.core.run import create_http_input_channels
from rasa.shared.exceptions import RasaException

from faq_component.rasa.handover import Inbox
from tests.rasa.channels.platforms import OTHERS, SECRETS
from tests.rasa.channels.posting import all_channels
from tests.servers import ROOT


def test_as_it_is_it_has_rest_and_the_web_chat_and_no_secret() -> None:
    channels = create_http_input_channels(None, "credentials.yml")
    assert [channel.name() for channel in channels] == ["rest", "socketio", "inbox"]
    settings = re.findall(
        r"^#   [\w-]+: (.+?)(?:   #.*)?$", (ROOT / "credentials.yml").read_text("utf-8"), re.MULTILINE
    )
    assert len(settings) > 20
    assert all(setting.startswith("${") for setting in settings)


def section(name: str) -> str:
    found = re.search(
        rf"^faq_component\.rasa\.channels\.{name}\..*?(?=\n\n|\Z)", all_channels(), re.MULTILINE | re.DOTALL
    )
    assert found
    return found.group() + "\n"


NAMES = ["slack", "telegram", "facebook", "twilio", "mattermost", "rocketchat", "webex", "botframework"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_missing_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in {**SECRETS, **OTHERS}.items():
        monkeypatch.setenv(variable, value)
    written = section(name)
    variable = re.findall(r"\$\{(\w+)\}", written)[-1]
    credentials = tmp_path / "credentials.yml"
    credentials.write_text(written, "utf-8")
    monkeypatch.delenv(variable)
    with pytest.raises(RasaException, match=variable):
        create_http_input_channels(None, str(credentials))
    monkeypatch.setenv(variable, "")
    credentials.write_text("\n".join(written.splitlines()[:-1]) + "\n", "utf-8")
    key = re.findall(r"^  ([\w-]+):", written, re.MULTILINE)[-1]
    with pytest.raises(RasaException, match=rf"lacks.*{key}.*docs/channels/{name}.md"):
        create_http_input_channels(None, str(credentials))
    assert (ROOT / f"docs/channels/{name}.md").exists()


def test_the_inbox_takes_a_token_that_cannot_be_guessed_and_nothing_else() -> None:
    assert Inbox.from_credentials({"token": "0123456789abcdef"}).name() == "inbox"
    with pytest.raises(RasaException, match="the token needs 16 characters or more"):
        Inbox.from_credentials({"token": "short"})
    with pytest.raises(RasaException, match="the only settings are 'token'"):
        Inbox.from_credentials({"tokn": "0123456789abcdef"})
