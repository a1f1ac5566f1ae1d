"""Settings that are missing or malformed: one sentence at the start, which shows no secret."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.exceptions import InvalidConfigException

from faq_component.rasa.channels import DingTalk, Feishu, WeChat, WeCom

KEY = "a" * 43
GOOD: dict[type[Any], dict[str, Any]] = {
    WeChat: {"app_id": "wx1", "app_secret": "s3cret", "token": "t0ken", "aes_key": KEY},
    WeCom: {"corp_id": "ww1", "agent_id": 1000002, "secret": "s3cret", "token": "t0ken", "aes_key": KEY},
    Feishu: {"app_id": "cli_1", "app_secret": "s3cret", "verification_token": "t0ken", "encrypt_key": "s3cret"},
    DingTalk: {"app_secret": "s3cret"},
}


@pytest.mark.parametrize("channel", GOOD)
def test_what_is_needed(channel: type[Any]) -> None:
    assert channel.from_credentials(GOOD[channel])
    with pytest.raises(InvalidConfigException, match="must be set; see docs/channels/"):
        channel.from_credentials(None)


@pytest.mark.parametrize(
    ("channel", "given", "said"),
    [
        (WeChat, {"aes_key": "s3cret"}, "setting 'aes_key' must be the 43 letters and digits of EncodingAESKey"),
        (WeChat, {"aes_key": "s3cret" + KEY}, "setting 'aes_key' must be the 43 letters"),
        (WeChat, {"token": ["s3cret"]}, "setting 'token' must be a text"),
        (WeChat, {"app_secret": ""}, "app_secret must be set, or customer_service be false"),
        (WeChat, {"reply_seconds": 9}, "setting 'reply_seconds' is 9; it must be between 0.1 and 4.5"),
        (WeChat, {"reply_second": 2}, "unknown setting 'reply_second'; did you mean 'reply_seconds'?"),
        (
            WeChat,
            {"api_url": "api.weixin.qq.com"},
            "setting 'api_url' is 'api.weixin.qq.com'; it must be an address such as https://",
        ),
        (WeCom, {"secret": None}, "secret must be set"),
        (WeCom, {"agent_id": True}, "setting 'agent_id' is True; it must be a text"),
        (Feishu, {"app_id": None, "app_secret": ""}, "app_id, app_secret must be set"),
        (DingTalk, {"max_age": 1}, "setting 'max_age' is 1; it must be between 10 and 86400"),
        (WeChat, {"customer_service": "no"}, "setting 'customer_service' is 'no'; it must be true or false"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(channel: type[Any], given: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidConfigException) as error:
        channel.from_credentials({**GOOD[channel], **given})
    message = str(error.value)
    assert message.startswith(f"credentials.yml, channel {channel.name()}: {said}")
    assert "s3cret" not in message
    assert "\n" not in message
