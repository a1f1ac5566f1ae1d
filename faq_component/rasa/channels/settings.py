"""A channel's section of `credentials.yml`, checked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from rasa.shared.exceptions import InvalidConfigException

from faq_component.errors import SettingsError
from faq_component.support.setting_fields import check_fields, setting

AES_KEY = re.compile(r"[A-Za-z0-9]{43}")
_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


def api_url(default: str) -> Any:
    """The setting `api_url`."""
    return setting(default, "the platform's address", pattern=_URL, noun="an address as https://host")


@dataclass(frozen=True, kw_only=True)
class PlatformSettings:
    """What all channels share."""

    api_url: str = setting(
        "", "the platform's address, without a path", pattern=_URL, noun="an address as https://host"
    )
    max_age: int = setting(300, "requests signed longer ago than this are refused, in seconds", low=10, high=86_400)
    other_messages: str = setting(
        "我现在只能看懂文字，请把问题打成字发给我。", "the reply to pictures, voices and so on; empty: none"
    )


Settings = TypeVar("Settings", bound=PlatformSettings)


def read_settings(kind: type[Settings], given: Mapping[str, Any] | None, channel: str) -> Settings:
    """The settings of a channel; a number where a text is meant (`agent_id: 1000002`) is taken for it.

    Raises:
        InvalidConfigException: one is missing, unknown or malformed; secrets are not shown.
    """
    known = {item.name: item for item in fields(kind)}
    values = {key: value for key, value in (given or {}).items() if value is not None}
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"it has {', '.join(known)}"
            raise setting_fault(channel, f"there is no setting '{key}'; {hint}")
    for key, value in values.items():
        if known[key].type == "str" and isinstance(value, int) and not isinstance(value, bool):
            values[key] = str(value)
    missing = [name for name, item in known.items() if item.metadata.get("required") and not values.get(name)]
    if missing:
        raise setting_fault(channel, f"{', '.join(missing)} must be set")
    settings = kind(**values)
    for name, item in known.items():
        value, secret, pattern = getattr(settings, name), not item.repr, item.metadata.get("pattern")
        wrong = pattern and value and not (isinstance(value, str) and pattern.fullmatch(value))
        if wrong or (secret and not isinstance(value, str)):
            raise setting_fault(channel, f"'{name}' must be {item.metadata.get('noun', 'a text')}")
    try:
        check_fields(settings)
    except SettingsError as error:
        raise setting_fault(channel, str(error)) from error
    return settings


def require_extra() -> None:
    """Check that the libraries for WeChat's and WeCom's ciphers and XML are installed.

    Raises:
        InvalidConfigException: they are not.
    """
    try:
        import defusedxml  # noqa: F401
        import wechatpy  # noqa: F401
    except ImportError as error:
        raise InvalidConfigException(
            f"The package '{error.name}' is not installed; install it with `uv pip install 'rasa-faq[channels]'`."
        ) from error


def setting_fault(channel: str, fault: str) -> InvalidConfigException:
    """The error for a fault in a channel's section."""
    return InvalidConfigException(f"credentials.yml, channel {channel}: {fault}; see docs/channels/{channel}.md.")
