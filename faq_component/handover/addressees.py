"""Who is notified of a handover: the section `adapters`, whose secrets come from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from faq_component.language import _
from faq_component.support.http_address import split_address

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECURITY = ("starttls", "tls", "none")


@dataclass(frozen=True)
class _Kind:
    """What an adapter is told: names of its settings, those needed, and those that only the environment may have."""

    known: tuple[str, ...]
    needed: tuple[str, ...]
    secret: tuple[str, ...]


KINDS = {
    "webhook": _Kind(("url", "secret"), ("url", "secret"), ("secret",)),
    "wecom": _Kind(("url",), ("url",), ("url",)),
    "feishu": _Kind(("url", "secret"), ("url",), ("url", "secret")),
    "email": _Kind(
        ("host", "port", "security", "user", "password", "from", "to"), ("host", "from", "to"), ("password",)
    ),
}


@dataclass(frozen=True)
class Addressee:
    """One adapter with its settings.

    Args:
        name: ``webhook``, ``wecom``, ``feishu`` or ``email``.
        values: its settings, in which ``${NAME}`` stands for a variable until they are `filled`.
    """

    name: str
    values: Mapping[str, Any] = field(repr=False)

    def filled(self, environment: Mapping[str, str]) -> Addressee:
        """Return it with the values of the variables."""
        return Addressee(self.name, {key: _filled(value, environment) for key, value in self.values.items()})

    def faults(self) -> list[str]:
        """Return a sentence for each address that is none; it does not show it, since it may hold a secret."""
        if "url" not in self.values:
            return []
        what = f"'adapters.{self.name}.url'"
        try:
            split_address(str(self.values["url"]).partition("?")[0], what)
        except ValueError:
            return [_("{what} is no address; it must begin with http:// or https:// and a host").format(what=what)]
        return []


def read_addressees(given: Any, faults: list[str]) -> tuple[Addressee, ...]:
    """Read the section `adapters`; append a sentence to `faults` for each fault."""
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        faults.append(_("'adapters' must have keys with values, of {known}").format(known=", ".join(KINDS)))
        return ()
    found = []
    for name, values in given.items():
        if name not in KINDS:
            faults.append(
                _("'adapters' has the unknown key '{key}'; known are {known}").format(key=name, known=", ".join(KINDS))
            )
            continue
        before = len(faults)
        _check(name, values, faults)
        if len(faults) == before:
            found.append(Addressee(name, {key: value for key, value in values.items() if value is not None}))
    return tuple(found)


def missing_variables(addressees: tuple[Addressee, ...], environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each variable that the environment lacks."""
    return [
        _(
            "'adapters.{name}.{key}' names the variable {variable}, which is not set; set it in Rasa's environment"
        ).format(name=addressee.name, key=key, variable=variable)
        for addressee in addressees
        for key, value in addressee.values.items()
        for variable in _variables(value)
        if not environment.get(variable)
    ]


def _check(name: str, values: Any, faults: list[str]) -> None:
    kind = KINDS[name]
    if not isinstance(values, Mapping):
        faults.append(
            _("'adapters.{name}' must have keys with values, of {known}").format(name=name, known=", ".join(kind.known))
        )
        return
    where, known = f"adapters.{name}", ", ".join(kind.known)
    unknown = _("'{section}' has the unknown key '{key}'; known are {known}")
    faults.extend(unknown.format(section=where, key=key, known=known) for key in values if key not in kind.known)
    faults.extend(
        _("'{section}' needs '{key}'").format(section=where, key=key) for key in kind.needed if not values.get(key)
    )
    literal = _("'{section}.{key}' must name a variable such as {example}, since no secret belongs in the file")
    faults.extend(
        literal.format(section=where, key=key, example="${HANDOVER_SECRET}")
        for key in kind.secret
        if values.get(key) is not None and not _VARIABLE.fullmatch(str(values[key]))
    )
    if name == "email":
        _check_mail(values, faults)


def _check_mail(values: Mapping[str, Any], faults: list[str]) -> None:
    security, port = values.get("security", "starttls"), values.get("port", 587)
    if security not in _SECURITY:
        faults.append(
            _("'adapters.email.security' is '{value}'; choose one of {choices}").format(
                value=security, choices=", ".join(_SECURITY)
            )
        )
    is_port = isinstance(port, int) and not isinstance(port, bool) and 0 < port < 1 << 16
    if not is_port and not (isinstance(port, str) and _VARIABLE.fullmatch(port)):
        faults.append(
            _("'adapters.email.port' is '{value}'; it must be a whole number from 1 to 65535").format(value=port)
        )
    to = values.get("to") or []
    if not all(isinstance(each, str) for each in (to if isinstance(to, list) else [to])):
        faults.append(_("'adapters.email.to' must be an address, or a list of addresses"))


def _variables(value: Any) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    return [name for text in texts if isinstance(text, str) for name in _VARIABLE.findall(text)]


def _filled(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(each, environment) for each in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(lambda found: environment[found[1]], value)
