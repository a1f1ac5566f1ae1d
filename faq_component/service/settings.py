"""Settings of the web service: the source of ``faq serve``, gunicorn's configuration and the README's table."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

from faq_component.errors import SettingsError
from faq_component.language import _
from faq_component.settings import Settings, load_settings
from faq_component.support.setting_fields import check_fields, fields_table, setting

PREFIX = "FAQ_SERVE_"
TOKEN = "FAQ_TOKEN"  # noqa: S105 (the name of the variable, not a token)
_MIN_TOKEN = 16
_MIB = 1 << 20


@dataclass(frozen=True)
class ServiceSettings:
    """Settings of the service, each read from an environment variable: ``FAQ_SERVE_`` and the name in capitals.

    The token of ``/admin`` comes from the variable ``FAQ_TOKEN`` only; no setting, flag or file holds it.

    Raises:
        SettingsError: a value has the wrong type or is out of bounds, the token is too short, or it is missing
            although the service listens beyond this machine.
    """

    host: str = setting("127.0.0.1", "address to listen on; beyond this machine a token is required")
    port: int = setting(8080, "port to listen on", low=1, high=65_535)
    workers: int = setting(2, "worker processes", low=1, high=64)
    threads: int = setting(1, "computing threads per process", low=1, high=64)
    encoder_threads: int = setting(1, "encoder threads per computing thread", low=1, high=64)
    config: str = setting("config.yml", "Rasa configuration with the settings of retrieval and decision")
    faq: str | None = setting(None, "knowledge base, overrides `faq` of `config`", shown=False)
    encoder: str | None = setting(None, "folder of the encoder, overrides `encoder` of `config`")
    retriever: str | None = setting(None, "retriever, overrides `retriever` of `config`")
    max_body: int = setting(_MIB // 4, "bytes of a request body", low=1_024, high=64 * _MIB)
    max_text: int = setting(1_000, "characters of a text", low=1, high=100_000)
    max_batch: int = setting(64, "texts in one request to encode", low=1, high=10_000)
    max_waiting: int = setting(4, "requests that may queue in a process; further ones get 503", low=1, high=10_000)
    max_burst: int = setting(16, "requests that may queue in the 0.1 s after the queue was empty", low=1, high=10_000)
    deadline: float = setting(5.0, "seconds for a request; after them it gets 503", low=0.05, high=600.0)
    stuck: float = setting(30.0, "seconds without progress after which a process is killed", low=5.0, high=3600.0)
    graceful: float = setting(10.0, "seconds for requests in progress when a process stops", low=0.0, high=600.0)
    cache: bool = setting(True, "cache decisions")
    cache_entries: int = setting(10_000, "cached decisions per process", low=1, high=10_000_000)
    cache_seconds: int = setting(3_600, "seconds a decision is cached", low=1, high=30 * 86_400)
    redis_url: str | None = setting(None, "cache decisions in this Redis, shared by all processes", shown=False)
    token: str | None = field(
        default=None, repr=False, metadata={"help": "token of /admin, from the variable FAQ_TOKEN"}
    )

    def __post_init__(self) -> None:
        check_fields(self)
        if self.token is not None and len(self.token) < _MIN_TOKEN:
            raise SettingsError(
                _("{name} has {length} characters; it needs {least} or more: `openssl rand -hex 16` makes one").format(
                    name=TOKEN, length=len(self.token), least=_MIN_TOKEN
                )
            )
        if self.token is None and not is_loopback(self.host):
            raise SettingsError(
                _(
                    "host is {host}, beyond this machine, without a token for /admin; set {name} in the environment, "
                    "or listen on 127.0.0.1 behind nginx"
                ).format(host=self.host, name=TOKEN)
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> ServiceSettings:
        """Read the settings from environment variables; those not set keep their defaults."""
        environment = os.environ if environment is None else environment
        hints = get_type_hints(cls)
        values: dict[str, Any] = {}
        for item in fields(cls):
            text = environment.get(TOKEN if item.name == "token" else PREFIX + item.name.upper())
            if text:
                values[item.name] = _read(item.name, text, hints[item.name])
        return cls(**values)

    def environment(self) -> dict[str, str]:
        """Return the variables that `from_environment` reads these settings from, without the token."""
        values = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "token"}
        return {PREFIX + name.upper(): str(value) for name, value in values.items() if value is not None}

    def assistant_settings(self) -> Settings:
        """Load the settings of retrieval and decision."""
        given = {"faq": self.faq, "encoder": self.encoder, "retriever": self.retriever}
        return load_settings(self.config).override(threads=self.encoder_threads, **given)


def is_loopback(host: str) -> bool:
    """Whether an address is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def service_table() -> str:
    """Return the settings as a Markdown table, for the README."""
    return "\n".join(line for line in fields_table(ServiceSettings).splitlines() if "`token`" not in line)


def _read(name: str, text: str, hint: object) -> object:
    variable = PREFIX + name.upper()
    if hint is bool:
        known = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
        if text.lower() not in known:
            raise SettingsError(_("{name} is '{value}'; it must be true or false").format(name=variable, value=text))
        return known[text.lower()]
    if hint in (int, float):
        try:
            return int(text) if hint is int else float(text)
        except ValueError:
            wrong = (
                _("{name} is '{value}'; it must be a whole number")
                if hint is int
                else _("{name} is '{value}'; it must be a number")
            )
            raise SettingsError(wrong.format(name=variable, value=text)) from None
    return text
