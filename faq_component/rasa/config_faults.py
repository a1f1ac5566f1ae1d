"""Wrong settings in Rasa's files, as the error that Rasa prints without a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rasa.shared.exceptions import InvalidConfigException

from faq_component.errors import SettingsError


@contextmanager
def raised_as_rasa_does(message: str) -> Iterator[None]:
    """Turn a `SettingsError` into Rasa's error for a wrong configuration; `message` says where, around ``{fault}``.

    Raises:
        InvalidConfigException: a setting is wrong.
    """
    try:
        yield
    except SettingsError as error:
        raise InvalidConfigException(message.format(fault=error)) from error
