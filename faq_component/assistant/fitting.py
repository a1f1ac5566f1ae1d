"""Fitting in a process of its own, which leaves what it has fitted in the cache folder.

A fit imports SciPy and scikit-learn, reads jieba's dictionary and searches a thousand questions: 200 MB that a process
which answers would not get rid of again, and seconds in which it would answer late. ``python -m
faq_component.assistant.fitting`` reads settings and topics as JSON from stdin.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from faq_component.assistant.build_retrievers import build_retriever
from faq_component.assistant.build_rules import build_rule
from faq_component.errors import FaqError
from faq_component.knowledge.topics import Faq, topic_from_list, topic_to_list
from faq_component.settings import Settings
from faq_component.support.files import locked_where_possible
from faq_component.support.own_process import ask_apart

logger = logging.getLogger(__name__)

FIT_LOCK = "fit.lock"  # in the cache folder: one process fits, and others use the result
_FEWEST = 150  # posts: with fewer, a fit takes no longer than starting a process
_RETRIEVERS = frozenset({"hybrid", "dense", "keyword"})  # those that own nothing but what they keep in the cache folder


def is_fitted_apart(settings: Settings, faq: Faq) -> bool:
    """Whether fitting on an FAQ is worth a process of its own, and can be done in one."""
    posts = sum(len(topic.posts) for topic in faq.topics)
    return posts >= _FEWEST and settings.retriever in _RETRIEVERS and settings.encoder_backend == "onnx"


def fit_apart(settings: Settings, faq: Faq) -> None:
    """Have classifier and decision rule of an FAQ fitted; where that fails, whoever needs them fits them."""
    asked = {"settings": vars(settings), "topics": [topic_to_list(topic) for topic in faq.topics]}
    try:
        code, _answer = ask_apart(__name__, asked)
    except OSError as error:
        logger.warning("Fitting in a process of its own failed (%s).", error.strerror)
        return
    if code:
        logger.warning("Fitting in a process of its own ended with %d.", code)


def main() -> int:
    """Fit what stdin names; processes that want the same wait for the first."""
    asked = json.load(sys.stdin)
    settings = Settings.from_mapping(asked["settings"])
    faq = Faq.of(map(topic_from_list, asked["topics"]))
    with locked_where_possible(Path(settings.cache_dir) / FIT_LOCK):
        try:
            build_rule(settings, faq, build_retriever(settings, faq))
        except FaqError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
