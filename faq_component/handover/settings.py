"""The file that the setting `handover` names: triggers, opening hours, time-outs, and who is told."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from faq_component.errors import HandoverError
from faq_component.handover.addressees import Addressee, missing_variables, read_addressees
from faq_component.handover.hours import Hours, read_hours
from faq_component.language import _
from faq_component.yaml_text import load_yaml

OFF, OFFER, OPEN = "off", "offer", "open"
_RATINGS = (OFF, OFFER, OPEN)
_SECTIONS = ("triggers", "hours", "time_out", "mask", "inbox_url", "keep_days", "adapters")


@dataclass(frozen=True)
class Triggers:
    """What hands a conversation over, beside a topic's `handoff` and a button.

    Args:
        asked: the user asks for a person, recognised by meaning.
        misunderstood: so many messages one after the other that the bot did not understand; 0 for never.
        bad_rating: ``offer`` a button after an answer was rated as useless, ``open`` at once, or ``off``.
    """

    asked: bool = True
    misunderstood: int = 3
    bad_rating: str = OFFER


@dataclass(frozen=True)
class TimeOut:
    """Minutes after which the conversation goes back to the bot.

    Args:
        person: without a word of a person, while the user waits for one.
        user: without a word of the user, after the person's last one.
    """

    person: int = 10
    user: int = 30


@dataclass(frozen=True)
class HandoverSettings:
    """How the bot hands over.

    Args:
        file: where they were read.
        triggers: what hands a conversation over.
        hours: when somebody is there.
        time_out: when a conversation goes back to the bot.
        mask: whether personal data in what the adapters send is masked.
        inbox_url: address of the inbox for the people who answer, for links; empty for none.
        keep_days: days after which an ended handover is deleted.
        addressees: who is told, and how.
    """

    file: Path = Path()
    triggers: Triggers = field(default_factory=Triggers)
    hours: Hours = field(default_factory=Hours)
    time_out: TimeOut = field(default_factory=TimeOut)
    mask: bool = True
    inbox_url: str = ""
    keep_days: int = 30
    addressees: tuple[Addressee, ...] = ()


def read_handover(file: str | Path, environment: Mapping[str, str] | None = None) -> HandoverSettings:
    """Read the file.

    Args:
        file: its path.
        environment: where the variables of the adapters come from; without it they stay unread, as in a process that
            sends nothing.

    Raises:
        HandoverError: it is missing, faulty, or a variable that it names is; `faults` has a sentence for each.
    """
    path = Path(file)
    settings, faults = _read(path)
    if environment is not None and not faults:
        faults += missing_variables(settings.addressees, environment)
    if faults:
        raise HandoverError(path, faults)
    if environment is None:
        return settings
    told = tuple(addressee.filled(environment) for addressee in settings.addressees)
    faults += [fault for addressee in told for fault in addressee.faults()]
    if faults:
        raise HandoverError(path, faults)
    return HandoverSettings(**{**vars(settings), "addressees": told})


def handover_faults(file: str | Path) -> list[str]:
    """Return a sentence for each fault of the file and each variable that this process lacks."""
    try:
        read_handover(file, os.environ)
    except HandoverError as error:
        return list(error.faults)
    return []


def _read(path: Path) -> tuple[HandoverSettings, list[str]]:
    faults: list[str] = []
    content = _content(path, faults)
    faults.extend(_unknown("", key, _SECTIONS) for key in content if key not in _SECTIONS)
    triggers = _section(content, "triggers", Triggers, faults)
    rating = OFF if triggers.bad_rating is False else triggers.bad_rating
    if rating not in _RATINGS:
        faults.append(
            _("'triggers.bad_rating' is '{value}'; choose one of offer, open and off").format(value=triggers.bad_rating)
        )
    if not isinstance(triggers.asked, bool):
        faults.append(_("'triggers.asked' is '{value}'; it must be true or false").format(value=triggers.asked))
    never = triggers.misunderstood is False
    times = 0 if never else _number(triggers.misunderstood, "triggers.misunderstood", 0, 20, faults)
    time_out = _section(content, "time_out", TimeOut, faults)
    for name in ("person", "user"):
        _number(getattr(time_out, name), f"time_out.{name}", 1, 24 * 60, faults)
    mask = content.get("mask", True)
    if not isinstance(mask, bool):
        faults.append(_("'mask' is '{value}'; it must be true or false").format(value=mask))
    inbox = content.get("inbox_url") or ""
    if not isinstance(inbox, str) or (inbox and not inbox.startswith(("http://", "https://"))):
        faults.append(_("'inbox_url' is '{value}'; it must begin with http:// or https://").format(value=inbox))
    days = _number(content.get("keep_days", 30), "keep_days", 1, 3650, faults)
    told = read_addressees(content.get("adapters"), faults)
    found = Triggers(triggers.asked, times, rating)
    hours = read_hours(content.get("hours"), faults)
    return HandoverSettings(path, found, hours, time_out, mask, inbox, days, told), faults


def _content(path: Path, faults: list[str]) -> Mapping[str, Any]:
    try:
        content = load_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        faults.append(_("it cannot be read ({reason}); correct the setting 'handover'").format(reason=error.strerror))
        return {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        faults.append(_("it is not YAML: {reason}").format(reason=" ".join(str(error).split())))
        return {}
    if content is not None and not isinstance(content, Mapping):
        faults.append(_("it must have keys with values, such as {known}").format(known=", ".join(_SECTIONS)))
        return {}
    return content or {}


def _section(content: Mapping[str, Any], name: str, kind: Any, faults: list[str]) -> Any:
    given = content.get(name)
    known = [item.name for item in fields(kind)]
    if given is None:
        return kind()
    if not isinstance(given, Mapping):
        faults.append(_("'{name}' must have keys with values, of {known}").format(name=name, known=", ".join(known)))
        return kind()
    faults += [_unknown(name, key, known) for key in given if key not in known]
    return kind(**{key: value for key, value in given.items() if key in known})


def _number(value: Any, name: str, low: int, high: int, faults: list[str]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        faults.append(
            _("'{name}' is '{value}'; it must be a whole number from {low} to {high}").format(
                name=name, value=value, low=low, high=high
            )
        )
        return low
    return value


def _unknown(section: str, key: Any, known: Any) -> str:
    where = _("'{section}' has the unknown key '{key}'; known are {known}")
    if not section:
        where = _("the key '{key}' is unknown; known are {known}")
    return where.format(section=section, key=key, known=", ".join(known))
