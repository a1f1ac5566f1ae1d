"""Every error this package raises on purpose.

::

    FaqError                    the base: catch this to catch all of them
    ├── FaqDataError            the knowledge base is faulty; `.faults` lists every fault
    ├── SettingsError           a setting is unknown, of the wrong type or out of bounds
    ├── EncoderError            an encoder folder is missing, damaged or does not fit
    ├── ServiceError            `faq serve` is away, hangs, or has too much to do
    │   └── ServiceRefusedError it refuses what was sent
    ├── MissingExtraError       an optional dependency is not installed
    ├── UsageLogError           the log of what was asked cannot be read or written
    ├── ReviewError             an edited review sheet is faulty; `.faults` lists every fault
    └── StartError              `faq chat` cannot start (port taken, no network, no model)

A message is one sentence: what is wrong, where, the bound, and the mend.
"""

from __future__ import annotations

from collections.abc import Sequence

from faq_component.language import _, ngettext


class FaqError(Exception):
    """Base of all errors raised on purpose by this package."""


class FaqDataError(FaqError):
    """A knowledge base is faulty; all of its faults are named at once."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        heading = ngettext("{count} fault in the FAQ:", "{count} faults in the FAQ:", count).format(count=count)
        super().__init__("\n  ".join((heading, *self.faults)))


class SettingsError(FaqError):
    """A setting is unknown, of the wrong type or out of bounds."""


class EncoderError(FaqError):
    """An encoder folder is missing, damaged or does not fit this program."""


class ServiceError(FaqError):
    """`faq serve` is away, hangs, has too much to do, or answers nonsense."""


class ServiceRefusedError(ServiceError):
    """`faq serve` refuses what was sent to it."""


class MissingExtraError(FaqError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            _("The package '{package}' is not installed; install it with `uv pip install 'rasa-faq[{extra}]'`.").format(
                package=package, extra=extra
            )
        )


class UsageLogError(FaqError):
    """The log of what was asked cannot be read or written."""


class ReviewError(FaqError):
    """What a review asks for cannot be done; all faults are named at once."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        heading = ngettext("{count} fault, nothing was changed:", "{count} faults, nothing was changed:", count)
        super().__init__("\n  ".join((heading.format(count=count), *self.faults)))


class VoiceError(FaqError):
    """The file of what the bot itself says is missing or faulty."""


class StartError(FaqError):
    """The assistant cannot be started."""
