"""Build decision rules from settings: target precisions on a confidence, or thresholds.

Hybrid retrieval has a prior confidence, which needs no fit. The confidence of other retrievers, and of an FAQ with many
posts, is fitted on the FAQ.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from faq_component.assistant.build_encoders import build_encoders, encoder_fingerprint
from faq_component.assistant.build_retrievers import build_retriever, is_classified
from faq_component.assistant.build_text import build_rewriter, build_words
from faq_component.assistant.held_out import build_offset
from faq_component.assistant.learning import learned_rule, unlearned
from faq_component.decision.confidence import (
    Calibration,
    Confidence,
    Evidence,
    FittedConfidence,
    PriorConfidence,
    Surroundings,
    shipped_prior,
)
from faq_component.decision.confidence.fit import fit_calibration, load_or_fit, worth_fitting
from faq_component.decision.contrast import ContrastCheck
from faq_component.decision.contrast_store import load_or_mine
from faq_component.decision.languages import LanguageRule
from faq_component.decision.rules import ContrastRule, DecisionRule, PrecisionRule, ThresholdRule, WrappingRule
from faq_component.decision.spoken_languages import languages_of
from faq_component.knowledge.checking import Faq
from faq_component.retrieval import DenseRetriever, HybridRetriever, Retriever
from faq_component.retrieval.hybrid import FEWEST_TOPICS
from faq_component.retrieval.tokens import forget_jieba_dictionary
from faq_component.settings import SERVERS, WITHOUT_ENCODER, Settings
from faq_component.support.setting_fields import Affects, cache_key

# Chosen on the development half of the demo FAQ's held-out and out-of-scope questions by `faq tune`.
_BM25 = ThresholdRule(answer=0.28, clarify=0.2, margin=0.1)


DEFAULT_THRESHOLDS = {
    "keyword": _BM25,
    "dense": ThresholdRule(answer=0.5, clarify=0.36, margin=0.1),
    "hybrid": ThresholdRule(answer=0.58, clarify=0.56, margin=0.04),
    "rrf": ThresholdRule(answer=0.4, clarify=0.28, margin=0.06),
    "learned": ThresholdRule(answer=0.58, clarify=0.56, margin=0.06),
    "tfidf": ThresholdRule(answer=0.8, clarify=0.3, margin=0.14),
    "sklearn": ThresholdRule(answer=0.44, clarify=0.22, margin=0.08),
    "rank_bm25": _BM25,
    "bm25s": _BM25,
    "whoosh": _BM25,
    "lucene": _BM25,
}


# Where the classifier has no greater share (`FusionWeights.classifier_share`); chosen in the same way with that share.
_OF_FEW_TOPICS = {
    "hybrid": ThresholdRule(answer=0.5, clarify=0.4, margin=0.02),
    "learned": ThresholdRule(answer=0.52, clarify=0.4, margin=0.02),
}


_WITHOUT_CLASSIFIER = {
    "hybrid": ThresholdRule(answer=0.28, clarify=0.22, margin=0.04),
    "learned": ThresholdRule(answer=0.34, clarify=0.22, margin=0.02),
}


# Of an only topic, which no other can be nearer than. 8 topics of the demo, each alone, answer none of 200 questions
# of others, and 25 of 40 of their own (177 and 39 with the thresholds above).
_ALONE = ThresholdRule(answer=0.5, clarify=0.4, margin=0.04)


def build_rule(settings: Settings, faq: Faq, retriever: Retriever | None = None) -> DecisionRule:
    """Build the decision rule: target precisions where a confidence can be fitted, else thresholds; and contrast check.

    Raw thresholds in the settings replace the confidence. Search servers use thresholds too: fitting would have to
    index parts of the FAQ there.

    Args:
        settings: name the rule and its bounds.
        faq: the knowledge base.
        retriever: the retriever over it, whose vectors are reused; without it, posts are encoded again.
    """
    raw = settings.answer_threshold, settings.clarify_threshold, settings.margin
    fitted = settings.retriever not in SERVERS and raw == (None, None, None)
    rule: DecisionRule = (build_precision(settings, faq, retriever) if fitted else None) or build_thresholds(
        settings, faq
    )
    if settings.contrast:
        rule = ContrastRule(rule, build_contrast(settings, faq))
    return learned_rule(settings, LanguageRule(rule, languages_of(faq)))


def build_rule_without_words(settings: Settings, faq: Faq, retriever: Retriever | None = None) -> DecisionRule:
    """Build the rule as `build_rule` does, then free jieba's dictionary where only fitting and mining need it."""
    rule = build_rule(settings, faq, retriever)
    if settings.tokens == "chars":
        forget_jieba_dictionary()
    return rule


def build_contrast(settings: Settings, faq: Faq) -> ContrastCheck:
    """Build the contrast check over an FAQ, with word pairs from the cache where they have been mined."""
    made_from = [faq.fingerprint, cache_key(settings, Affects.REWRITING)]
    folder = Path(settings.cache_dir) / "pairs"
    return load_or_mine(folder, made_from, faq, build_words(settings), build_rewriter(settings))


def build_precision(settings: Settings, faq: Faq, retriever: Retriever | None = None) -> PrecisionRule | None:
    """Build the rule of target precisions on a confidence; None where it has to be fitted and the FAQ is too small.

    Arguments as for `build_rule`.
    """
    if has_prior(settings, faq):
        return build_prior(settings, faq, retriever or build_retriever(settings, faq))
    calibration = build_calibration(settings, faq)
    if calibration is None:
        return None
    confidence = FittedConfidence(calibration, build_surroundings(settings, faq, retriever))
    return PrecisionRule(confidence, *_bounds(settings, confidence), build_rewriter(settings))


def has_prior(settings: Settings, faq: Faq) -> bool:
    """Whether the prior confidence fits the scores over this FAQ, and is better than a fit on its own posts.

    It was fitted on FAQs of twelve topics and more; of fewer than `FEWEST_TOPICS` it knows nothing.
    """
    scored = settings.retriever == "hybrid" and settings.reranker == "none" and settings.similarity == "cosine"
    return scored and is_classified(settings, faq) and len(faq.topics) >= FEWEST_TOPICS and not worth_fitting(faq)


def build_prior(settings: Settings, faq: Faq, retriever: Retriever) -> PrecisionRule:
    """Build the rule of target precisions on the prior confidence over a hybrid retriever's FAQ."""
    if not isinstance(retriever, HybridRetriever):
        raise TypeError("the prior needs a hybrid retriever")
    evidence = Evidence(retriever, *build_encoders(settings))
    confidence = PriorConfidence(shipped_prior(), evidence, build_offset(settings, faq, retriever))
    return PrecisionRule(confidence, *_bounds(settings, confidence), build_rewriter(settings))


def with_precisions(rule: DecisionRule, settings: Settings) -> DecisionRule:
    """Return the rule with the bounds that belong to the target precisions of the settings; a rule without has none."""
    if isinstance(rule, WrappingRule):
        return replace(rule, rule=with_precisions(rule.rule, settings))
    if not isinstance(rule, PrecisionRule):
        return rule
    answer, ask = _bounds(settings, unlearned(rule.confidence))
    return replace(rule, answer=answer, ask=ask)


def _bounds(settings: Settings, confidence: Confidence) -> tuple[float, float]:
    """Least probability of an answer, and of a clarifying question."""
    if isinstance(confidence, PriorConfidence):
        prior, share = confidence.prior, confidence.evidence.share_of_many
        answer = prior.answer_from(settings.answer_precision, share)
        return answer, prior.ask_from(settings.ask_precision, share, answer)
    if isinstance(confidence, FittedConfidence):
        answer = confidence.calibration.answer_from(settings.answer_precision)
        return answer, confidence.calibration.ask_from(settings.ask_precision, answer)
    raise TypeError(f"{type(confidence).__name__} has no bounds for target precisions")


def build_surroundings(settings: Settings, faq: Faq, retriever: Retriever | None = None) -> Surroundings | None:
    """Build the out-of-scope features over the FAQ's vectors; None where retrieval has no encoder.

    Arguments as for `build_rule`.
    """
    if settings.retriever in WITHOUT_ENCODER:
        return None
    dense = retriever.dense if isinstance(retriever, HybridRetriever) else retriever
    vectors = dense.vectors if isinstance(dense, DenseRetriever) else None
    return Surroundings(faq, *build_encoders(settings), vectors)


def build_calibration(settings: Settings, faq: Faq) -> Calibration | None:
    """The confidence fitted on this FAQ, from the cache where it has been; None where the FAQ is too small."""
    found_by = cache_key(settings, Affects.RETRIEVAL, encoder=encoder_fingerprint(settings))
    # Parts of an FAQ that is too large for a classifier may not be, and scores are to be those that are served.
    of_parts = settings if is_classified(settings, faq) else settings.override(classifier_weight=0.0)

    def fit() -> Calibration | None:
        return fit_calibration(
            faq,
            lambda part: build_retriever(of_parts, part),
            build_words(settings),
            lambda part: build_surroundings(settings, part),
        )

    return load_or_fit(Path(settings.cache_dir) / "confidence", [faq.fingerprint, found_by], fit)


def build_thresholds(settings: Settings, faq: Faq) -> ThresholdRule:
    """Build the threshold rule of the settings; missing thresholds come from `DEFAULT_THRESHOLDS`."""
    # A server scores like this package's retriever of the same mode, without a classifier.
    served = {"milvus": settings.milvus_mode, "elasticsearch": settings.elasticsearch_mode}
    name = served.get(settings.retriever, settings.retriever)
    default = DEFAULT_THRESHOLDS[name]
    if settings.retriever in SERVERS or not is_classified(settings, faq):
        default = _WITHOUT_CLASSIFIER.get(name, default)
    elif len(faq.topics) < FEWEST_TOPICS:
        default = _OF_FEW_TOPICS.get(name, default)
    if name in _WITHOUT_CLASSIFIER and len(faq.topics) == 1:
        default = _ALONE
    return ThresholdRule(
        answer=default.answer if settings.answer_threshold is None else settings.answer_threshold,
        clarify=default.clarify if settings.clarify_threshold is None else settings.clarify_threshold,
        margin=default.margin if settings.margin is None else settings.margin,
        rewrite=build_rewriter(settings),
    )
