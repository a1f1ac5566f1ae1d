"""Every setting of the web service, once: ``faq serve``, gunicorn's configuration and the README's table read this."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

from faq_component.errors import SettingsError
from faq_component.settings import Settings, load_settings
from faq_component.support.setting_fields import check_fields, fields_table, setting

PREFIX = "FAQ_SERVE_"
TOKEN = "FAQ_TOKEN"  # noqa: S105 (the name of the variable, not a token)
_LEAST_TOKEN = 16
_MIB = 1 << 20


@dataclass(frozen=True)
class ServiceSettings:
    """What is set for the service alone; each is read from the environment, ``FAQ_SERVE_`` and its name in capitals.

    The token of ``/admin`` is in no setting, flag or file but in the environment's ``FAQ_TOKEN``.

    Raises:
        SettingsError: a value is of the wrong type or out of its bounds, the token is too short, or there is none
            although the service listens beyond this machine.
    """

    host: str = setting("127.0.0.1", "address to listen on; beyond this machine only with a token")
    port: int = setting(8080, "port to listen on", low=1, high=65_535)
    workers: int = setting(2, "processes", low=1, high=64)
    threads: int = setting(1, "threads of each process that compute", low=1, high=64)
    encoder_threads: int = setting(1, "threads of the encoder for each of these", low=1, high=64)
    config: str = setting("config.yml", "Rasa configuration to take the settings of recall and decision from")
    faq: str | None = setting(None, "the knowledge base, in place of that setting of it", shown=False)
    encoder: str | None = setting(None, "folder of the encoder, likewise")
    retriever: str | None = setting(None, "how posts are recalled, likewise")
    max_body: int = setting(_MIB // 4, "bytes of a request's body", low=1_024, high=64 * _MIB)
    max_text: int = setting(1_000, "characters of a text", low=1, high=100_000)
    max_batch: int = setting(64, "texts of one request to encode", low=1, high=10_000)
    max_waiting: int = setting(4, "requests that wait in a process; the excess gets 503", low=1, high=10_000)
    max_burst: int = setting(16, "the same for a tenth of a second after none waited", low=1, high=10_000)
    deadline: float = setting(5.0, "seconds for a request; it gets 503 after them", low=0.05, high=600.0)
    stuck: float = setting(30.0, "seconds after which a process that makes no headway is ended", low=5.0, high=3600.0)
    graceful: float = setting(10.0, "seconds for what is in work when a process is to end", low=0.0, high=600.0)
    cache: bool = setting(True, "keep decisions on questions that were asked")
    cache_entries: int = setting(10_000, "decisions that a process keeps", low=1, high=10_000_000)
    cache_seconds: int = setting(3_600, "how long a decision is kept", low=1, high=30 * 86_400)
    redis_url: str | None = setting(None, "keep them in this Redis instead, for all processes", shown=False)
    token: str | None = field(
        default=None, repr=False, metadata={"help": "of /admin, from the environment's FAQ_TOKEN"}
    )

    def __post_init__(self) -> None:
        check_fields(self)
        if self.token is not None and len(self.token) < _LEAST_TOKEN:
            raise SettingsError(
                f"{TOKEN} has {len(self.token)} characters; it must have {_LEAST_TOKEN} or more: "
                f"`openssl rand -hex 16` makes one"
            )
        if self.token is None and not is_loopback(self.host):
            raise SettingsError(
                f"the service is to listen on {self.host}, beyond this machine, without a token for /admin; set "
                f"{TOKEN} in the environment, or listen on 127.0.0.1 behind nginx"
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> ServiceSettings:
        """The settings that the environment holds; what is not in it has its default."""
        environment = os.environ if environment is None else environment
        hints = get_type_hints(cls)
        values: dict[str, Any] = {}
        for item in fields(cls):
            text = environment.get(TOKEN if item.name == "token" else PREFIX + item.name.upper())
            if text:
                values[item.name] = _read(item.name, text, hints[item.name])
        return cls(**values)

    def environment(self) -> dict[str, str]:
        """The variables from which `from_environment` makes these settings; the token stays where it is."""
        values = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "token"}
        return {PREFIX + name.upper(): str(value) for name, value in values.items() if value is not None}

    def recall(self) -> Settings:
        """The settings of recall and decision."""
        given = {"faq": self.faq, "encoder": self.encoder, "retriever": self.retriever}
        return load_settings(self.config).override(threads=self.encoder_threads, **given)


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def service_table() -> str:
    """The settings as a Markdown table."""
    return "\n".join(line for line in fields_table(ServiceSettings).splitlines() if "`token`" not in line)


def _read(name: str, text: str, hint: object) -> object:
    if hint is bool:
        known = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
        if text.lower() not in known:
            raise SettingsError(f"{PREFIX}{name.upper()} is '{text}'; it must be true or false")
        return known[text.lower()]
    if hint in (int, float):
        try:
            return int(text) if hint is int else float(text)
        except ValueError:
            noun = "a whole number" if hint is int else "a number"
            raise SettingsError(f"{PREFIX}{name.upper()} is '{text}'; it must be {noun}") from None
    return text
