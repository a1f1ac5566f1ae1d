"""Reads and checks a channel's section of `credentials.yml`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from rasa.shared.exceptions import InvalidConfigException

from faq_component.errors import SettingsError
from faq_component.language import N_, _, listed
from faq_component.support.setting_fields import check_fields, setting

AES_KEY = re.compile(r"[A-Za-z0-9]{43}")
_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


def api_url(default: str) -> Any:
    """Define the setting `api_url`."""
    return setting(default, "address of the platform", pattern=_URL, noun=N_("an address such as https://host"))


@dataclass(frozen=True, kw_only=True)
class PlatformSettings:
    """Settings that all platform channels share."""

    api_url: str = setting(
        "", "address of the platform, without a path", pattern=_URL, noun=N_("an address such as https://host")
    )
    max_age: int = setting(300, "maximum age of a signed request, in seconds", low=10, high=86_400)
    other_messages: str = setting(
        "我现在只能看懂文字，请把问题打成字发给我。", "reply to images, voice messages and so on; empty: none"
    )


Settings = TypeVar("Settings", bound=PlatformSettings)


def read_settings(kind: type[Settings], given: Mapping[str, Any] | None, channel: str) -> Settings:
    """Return the settings of a channel. A number in place of a text (`agent_id: 1000002`) becomes a text.

    Raises:
        InvalidConfigException: a setting is missing, unknown or malformed; the error shows no secrets.
    """
    known = {item.name: item for item in fields(kind)}
    values = {key: value for key, value in (given or {}).items() if value is not None}
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            fault = (
                _("there is no setting '{name}'; did you mean '{near}'?").format(name=key, near=near[0])
                if near
                else _("there is no setting '{name}'; it has {known}").format(name=key, known=listed(known))
            )
            raise setting_fault(channel, fault)
    for key, value in values.items():
        if known[key].type == "str" and isinstance(value, int) and not isinstance(value, bool):
            values[key] = str(value)
    missing = [name for name, item in known.items() if item.metadata.get("required") and not values.get(name)]
    if missing:
        raise setting_fault(channel, _("{names} must be set").format(names=listed(missing)))
    settings = kind(**values)
    for name, item in known.items():
        value, secret, pattern = getattr(settings, name), not item.repr, item.metadata.get("pattern")
        wrong = pattern and value and not (isinstance(value, str) and pattern.fullmatch(value))
        if wrong or (secret and not isinstance(value, str)):
            noun = item.metadata.get("noun", N_("a text"))
            raise setting_fault(channel, _("'{name}' must be {noun}").format(name=name, noun=_(noun)))
    try:
        check_fields(settings)
    except SettingsError as error:
        raise setting_fault(channel, str(error)) from error
    return settings


def require_extra() -> None:
    """Check that the libraries for the ciphers and the XML of WeChat and WeCom are installed.

    Raises:
        InvalidConfigException: they are not.
    """
    try:
        import defusedxml  # noqa: F401
        import wechatpy  # noqa: F401
    except ImportError as error:
        raise InvalidConfigException(
            _(
                "The package '{package}' is not installed; install it with `uv pip install 'rasa-faq[channels]'`."
            ).format(package=error.name)
        ) from error


def setting_fault(channel: str, fault: str) -> InvalidConfigException:
    """Return the error for a fault in a channel's section."""
    return InvalidConfigException(
        _("credentials.yml, channel {channel}: {fault}; see docs/channels/{channel}.md.").format(
            channel=channel, fault=fault
        )
    )
