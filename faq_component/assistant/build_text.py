"""Build tokenizers and rewriters from settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from faq_component.retrieval.pinyin import with_pinyin
from faq_component.retrieval.rewrite import Rewriter, compose, digits, read_synonyms, to_simplified
from faq_component.retrieval.tokens import (
    JiebaWords,
    Tokenizer,
    WithoutStopWords,
    characters_and_bigrams,
    read_word_list,
)
from faq_component.settings import Settings
from faq_component.support.files import digest


def build_words(settings: Settings) -> Callable[[str], list[str]]:
    """Build a splitter of texts into words, which loads jieba on its first call."""
    words = lru_cache(maxsize=1)(lambda: JiebaWords(settings.cache_dir, search=False))
    return lambda text: words()(text)


def build_tokenizer(settings: Settings) -> Tokenizer:
    """Build the tokenizer of keyword retrieval."""
    tokenize = _tokenizer(settings)
    if settings.stop_words is not None:
        tokenize = WithoutStopWords(tokenize, read_word_list(settings.stop_words, "stop_words"))
    if settings.pinyin:
        tokenize = with_pinyin(tokenize)
    rewrite = build_rewriter(settings)
    return lambda text: tokenize(rewrite(text))


def build_rewriter(settings: Settings) -> Rewriter:
    """Build the rewriter of all texts before comparison; one object while settings and synonyms stay the same.

    Since a question keeps its rewritten text by rewriter, it is rewritten only once.
    """
    synonyms = settings.synonyms
    return _rewriter(settings.simplify, synonyms, synonyms and digest(Path(synonyms)), settings.digits)


@lru_cache(maxsize=4)
def _rewriter(simplify: bool, synonyms: str | None, _digest: str | None, with_digits: bool) -> Rewriter:
    """Cache the rewriters; `_digest` is that of the synonyms file, so that an edit of it makes a new one."""
    rewriters: list[Rewriter] = []
    if simplify:
        rewriters.append(to_simplified())
    if synonyms is not None:
        rewriters.append(read_synonyms(synonyms, compose(list(rewriters))))
    if with_digits:
        rewriters.append(digits)
    return compose(rewriters)


def _tokenizer(settings: Settings) -> Tokenizer:
    if settings.tokens == "chars":
        return characters_and_bigrams
    words = JiebaWords(settings.cache_dir, search=settings.tokens != "words", user_dictionary=settings.user_dictionary)
    if settings.tokens == "both":
        return lambda text: words(text) + characters_and_bigrams(text)
    return words
