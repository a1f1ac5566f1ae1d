"""Handing over inside Rasa's server: whose a message is, the way back to the user, and the inbox.

For `credentials.yml`: ``faq_component.rasa.handover.Inbox``.
"""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = {"Inbox": "inbox"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
