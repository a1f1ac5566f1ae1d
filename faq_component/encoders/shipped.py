"""Where the shipped encoder is: inside an installed package, or in the checkout."""

from __future__ import annotations

import shutil
from pathlib import Path

DEFAULT = "default"
_OWN = "models/encoder"  # where `faq fit` and `faq encoder export` put one of a project's own
_PACKAGE = Path(__file__).parents[1]


def encoder_place(name: str) -> str:
    """Return the folder, hub name or URL that the setting `encoder` means.

    ``default`` is the encoder that comes with the package; so is ``models/encoder``, the default of the setting, where
    the working directory has no such folder.
    """
    if name == DEFAULT or (name == _OWN and not Path(name).is_dir()):
        return str(shipped_encoder())
    return name


def shipped_encoder() -> Path:
    """Return the folder of the encoder that comes with the package."""
    installed = _PACKAGE / "shipped_encoder"
    return installed if installed.is_dir() else _PACKAGE.parent / _OWN


def own_encoder(name: str) -> Path:
    """Return the folder of the encoder that the setting means, which may be replaced.

    The files of an installed package are not to change, so its encoder is copied into the working directory, where it
    is found from then on.
    """
    place = Path(encoder_place(name))
    if place == shipped_encoder() and not Path(_OWN).is_dir():
        copy = Path(f"{_OWN}.new")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(place, copy)
        copy.rename(_OWN)
        return Path(_OWN)
    return place
