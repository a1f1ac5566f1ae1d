"""Reads and checks a channel's section of `credentials.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from rasa.shared.exceptions import InvalidConfigException

from faq_component.errors import MissingExtraError, SettingsError
from faq_component.language import N_, _
from faq_component.support.setting_fields import Affects, CheckedSettings, setting

AES_KEY = re.compile(r"[A-Za-z0-9]{43}")
_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")

channel_setting = partial(setting, group="Channel", affects=Affects.NOTHING)
api_url = partial(
    channel_setting,
    text="address of the platform, without a path",
    pattern=_URL,
    noun=N_("an address such as https://host"),
)


@dataclass(frozen=True, kw_only=True)
class PlatformSettings(CheckedSettings):
    """Settings that all platform channels share."""

    api_url: str = api_url("")
    max_age: int = channel_setting(300, "maximum age of a signed request, in seconds", low=10, high=86_400)
    other_messages: str = channel_setting(
        "我现在只能看懂文字，请把问题打成字发给我。",
        "reply to images, voice messages and so on; empty: none",
        affects=Affects.PRESENTATION,
    )


Settings = TypeVar("Settings", bound=PlatformSettings)


def read_settings(kind: type[Settings], given: Mapping[str, Any] | None, channel: str) -> Settings:
    """Return the settings of a channel. A number in place of a text (`agent_id: 1000002`) becomes a text.

    Raises:
        InvalidConfigException: a setting is missing, unknown or malformed; the error shows no secrets.
    """
    try:
        return kind.from_mapping(given or {}, lenient=True)
    except SettingsError as error:
        raise setting_fault(channel, str(error)) from error


def require_extra() -> None:
    """Check that the libraries for the ciphers and the XML of WeChat and WeCom are installed.

    Raises:
        InvalidConfigException: they are not.
    """
    try:
        import defusedxml  # noqa: F401
        import wechatpy  # noqa: F401
    except ImportError as error:
        raise InvalidConfigException(str(MissingExtraError(str(error.name), "channels"))) from error


def setting_fault(channel: str, fault: str) -> InvalidConfigException:
    """Return the error for a fault in a channel's section."""
    return InvalidConfigException(
        _("credentials.yml, channel {channel}: {fault}; see docs/channels/{channel}.md.").format(
            channel=channel, fault=fault
        )
    )
