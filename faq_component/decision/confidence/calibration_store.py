"""Keeping a fitted confidence, so that it is fitted once for each FAQ."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from faq_component.decision.confidence.calibration import Calibration
from faq_component.support.files import write_among_newest

logger = logging.getLogger(__name__)

_FORMAT = 3  # to be raised where another calibration would be fitted than before
_KEPT = 32  # an FAQ that is edited often leaves many states behind


def load_or_fit(
    folder: Path, made_from: Mapping[str, object], fit: Callable[[], Calibration | None]
) -> Calibration | None:
    """The calibration in a folder that was made from the same, or what `fit` gives, which is kept there.

    A file that cannot be read is replaced; a folder that cannot be written costs only the time to fit.
    """
    key = hashlib.sha256(json.dumps([_FORMAT, made_from], sort_keys=True).encode()).hexdigest()[:32]
    file = folder / f"{key}.json"
    if file.is_file():
        try:
            return Calibration.from_json(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            logger.warning("%s cannot be used (%s); the confidence is fitted anew.", file, error)
    logger.info("Fitting the confidence on the FAQ; this is done once for each state of it.")
    calibration = fit()
    if calibration is not None:
        try:
            write_among_newest(file, calibration.to_json().encode(), _KEPT)
        except OSError as error:
            logger.warning("The confidence cannot be kept in %s (%s); it is fitted at each start.", folder, error)
    return calibration
