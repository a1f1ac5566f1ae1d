"""The exceptions of this package.

    FaqError                    the base: catch this to catch all of them
    ├── FaqDataError            the knowledge base is faulty; `.faults` lists every fault
    ├── SettingsError           a setting is unknown, of the wrong type or out of bounds
    │   ├── HandoverError       the file of the setting `handover` is missing or faulty; `.faults` lists every fault
    │   └── WordsError          the file of words that must not pass is faulty; `.faults` lists every fault
    ├── ScopeError              a scope has a tag that no topic has, or is malformed
    ├── EncoderError            an encoder folder is missing, damaged or does not fit
    ├── ServiceError            `faq serve` is unreachable, hangs, or is overloaded
    │   └── ServiceRefusedError `faq serve` rejects a request
    ├── MissingExtraError       an optional dependency is not installed
    ├── UsageLogError           the usage log cannot be read or written
    ├── ReviewError             an edited review sheet is faulty; `.faults` lists every fault
    ├── VoiceError              the file of the bot's own phrases is missing or faulty
    ├── HandoverStoreError      the handed-over conversations cannot be read or written
    │   └── DamagedHandoversError   damaged rows of them were set aside: try again
    ├── StudioError             the studio's accounts or its audit log cannot be read or written, or refuse a change
    └── StartError              the assistant, or a program that it needs, cannot start

A message is one sentence: the problem, its place, the bound, and the remedy.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faq_component.language import _, ngettext


def install_command(extra: str) -> str:
    """Return what installs an extra, for sentences to users: in a checkout, from that."""
    checkout = Path(__file__).parents[1]
    if (checkout / "pyproject.toml").is_file():
        return f"uv pip install -e '{checkout}[{extra}]'"
    return f"uv pip install 'rasa-faq[{extra}]'"


class FaqError(Exception):
    """Base of all errors of this package."""


class FaqDataError(FaqError):
    """A knowledge base is faulty; the message lists every fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        heading = ngettext("{count} fault in the FAQ:", "{count} faults in the FAQ:", count).format(count=count)
        super().__init__("\n  ".join((heading, *self.faults)))


class SettingsError(FaqError):
    """A setting is unknown, of the wrong type or out of bounds."""


class WordsError(SettingsError):
    """The file of words that must not pass is missing or faulty; the message lists every fault."""

    def __init__(self, file: Path, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{file}: {'; '.join(self.faults)}")


class ScopeError(FaqError):
    """A scope has a tag that no topic has, or is malformed."""


class EncoderError(FaqError):
    """An encoder folder is missing, damaged or does not fit this program."""


class ServiceError(FaqError):
    """`faq serve` is unreachable, hangs, is overloaded, or gives an invalid answer."""


class ServiceRefusedError(ServiceError):
    """`faq serve` rejects a request."""


class MissingExtraError(FaqError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            _("The package '{package}' is not installed; install it with `{command}`.").format(
                package=package, command=install_command(extra)
            )
        )


class UsageLogError(FaqError):
    """The usage log cannot be read or written."""


class ReviewError(FaqError):
    """The edits of a review cannot be applied; the message lists every fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        heading = ngettext("{count} fault, nothing was changed:", "{count} faults, nothing was changed:", count)
        super().__init__("\n  ".join((heading.format(count=count), *self.faults)))


class VoiceError(FaqError):
    """The file of the bot's own phrases is missing or faulty."""


class HandoverError(SettingsError):
    """The file of the setting `handover` is missing or faulty; the message lists every fault."""

    def __init__(self, file: Path, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{file}: {fault}." for fault in self.faults))


class HandoverStoreError(FaqError):
    """The conversations that were handed over cannot be read or written."""


class DamagedHandoversError(HandoverStoreError):
    """Rows of the handovers were damaged and have been set aside; the next try meets none of them."""


class StudioError(FaqError):
    """The studio's accounts or its audit log cannot be read or written, or refuse a change."""


class StartError(FaqError):
    """The assistant, or a program that it needs, cannot start."""
