"""Settings of the web service: the source of ``faq serve``, gunicorn's configuration and the documentation's table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

from faq_component.errors import SettingsError
from faq_component.language import _
from faq_component.settings import Settings, load_settings
from faq_component.support.http_address import is_loopback
from faq_component.support.setting_fields import Affects, CheckedSettings, Identity, setting

PREFIX = "FAQ_SERVE_"
TOKEN = "FAQ_TOKEN"  # noqa: S105 (the name of the variable, not a token)
_MIN_TOKEN = 16
_MIB = 1 << 20


_server = partial(setting, group="Server", affects=Affects.NOTHING)
_overriding = partial(setting, group="Assistant")
_limit = partial(setting, group="Limits", affects=Affects.NOTHING)
_cache = partial(setting, group="Cache", affects=Affects.NOTHING)


@dataclass(frozen=True)
class ServiceSettings(CheckedSettings):
    """Settings of the service, each read from an environment variable: ``FAQ_SERVE_`` and the name in capitals.

    The token of ``/admin`` comes from the variable ``FAQ_TOKEN`` only; no setting, flag or file holds it.

    Raises:
        SettingsError: a value has the wrong type or is out of bounds, the token is too short, or it is missing
            although the service listens beyond this machine.
    """

    host: str = _server("127.0.0.1", "address to listen on; beyond this machine a token is required")
    port: int = _server(8080, "port to listen on", low=1, high=65_535)
    workers: int = _server(2, "worker processes", low=1, high=64)
    threads: int = _server(1, "computing threads per process", low=1, high=64)
    encoder_threads: int = _server(1, "encoder threads per computing thread", low=1, high=64)
    token: str | None = _server(None, "token of /admin, from the variable FAQ_TOKEN", shown=False, listed=False)
    config: str = _overriding(
        "config.yml",
        "Rasa configuration with the settings of retrieval and decision",
        affects=Affects.RETRIEVAL | Affects.DECISION,
        identity=Identity.CONTENT,
    )
    faq: str | None = _overriding(
        None, "knowledge base, overrides `faq` of `config`", affects=Affects.KNOWLEDGE, shown=False
    )
    encoder: str | None = _overriding(
        None,
        "folder of the encoder, overrides `encoder` of `config`",
        affects=Affects.RETRIEVAL,
        identity=Identity.FINGERPRINT,
    )
    retriever: str | None = _overriding(None, "retriever, overrides `retriever` of `config`", affects=Affects.RETRIEVAL)
    max_body: int = _limit(_MIB // 4, "bytes of a request body", low=1_024, high=64 * _MIB)
    max_text: int = _limit(1_000, "characters of a text", low=1, high=100_000)
    max_batch: int = _limit(64, "texts in one request to encode", low=1, high=10_000)
    max_waiting: int = _limit(4, "requests that may queue in a process; further ones get 503", low=1, high=10_000)
    max_burst: int = _limit(16, "requests that may queue in the 0.1 s after the queue was empty", low=1, high=10_000)
    deadline: float = _limit(5.0, "seconds for a request; after them it gets 503", low=0.05, high=600.0)
    stuck: float = _limit(30.0, "seconds without progress after which a process is killed", low=5.0, high=3600.0)
    graceful: float = _limit(10.0, "seconds for requests in progress when a process stops", low=0.0, high=600.0)
    cache: bool = _cache(True, "cache decisions")
    cache_entries: int = _cache(10_000, "cached decisions per process", low=1, high=10_000_000)
    cache_seconds: int = _cache(3_600, "seconds a decision is cached", low=1, high=30 * 86_400)
    redis_url: str | None = _cache(None, "cache decisions in this Redis, shared by all processes", shown=False)

    def __post_init__(self) -> None:
        super().__post_init__()
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
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None
    ) -> ServiceSettings:
        """Read the settings from environment variables; those not set keep their defaults.

        Args:
            environment: the variables; by default those of this process.
            flags: settings from the command line, which override the variables; those that are None are not given.
        """
        environment = os.environ if environment is None else environment
        flags = {name: value for name, value in (flags or {}).items() if value is not None}
        variables = {item.name: environment.get(_variable(item.name)) for item in fields(cls)}
        values = {name: text for name, text in variables.items() if text} | flags
        return cls.from_mapping(
            values, lenient=True, called=lambda name: f"--{name}" if name in flags else _variable(name)
        )

    def environment(self) -> dict[str, str]:
        """Return the variables that `from_environment` reads these settings from, without the token."""
        values = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "token"}
        return {_variable(name): str(value) for name, value in values.items() if value is not None}

    def assistant_settings(self) -> Settings:
        """Load the settings of retrieval and decision."""
        given = {"faq": self.faq, "encoder": self.encoder, "retriever": self.retriever}
        return load_settings(self.config).override(threads=self.encoder_threads, **given)


def _variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return TOKEN if name == "token" else PREFIX + name.upper()
