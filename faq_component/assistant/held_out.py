"""How the prior over FAQs is moved by the own posts of one FAQ, each asked of the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from faq_component.assistant.build_encoders import build_encoders, encoder_fingerprint
from faq_component.assistant.build_text import build_rewriter
from faq_component.decision.confidence import DEPTH, Evidence, PriorConfidence, Verdict, folds, is_near, shipped_prior
from faq_component.decision.rules import is_certain
from faq_component.knowledge.topics import Faq
from faq_component.retrieval import HybridRetriever
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from faq_component.support.artifacts import ArtifactStore
from faq_component.support.setting_fields import Affects, cache_key

_VERSION = 3  # to be raised where the same FAQ would have another offset


def build_offset(settings: Settings, faq: Faq, retriever: HybridRetriever) -> float:
    """What the posts of an FAQ add to the logits of the prior, from the cache where they have been asked.

    Args:
        settings: name the encoder and the cache folder.
        faq: the knowledge base.
        retriever: the one over it, whose vectors are reused.
    """
    if all(len(topic.posts) < 2 for topic in faq.topics):
        return 0.0
    prior = shipped_prior()
    found_by = cache_key(settings, Affects.RETRIEVAL | Affects.REWRITING, encoder=encoder_fingerprint(settings))
    store = ArtifactStore(Path(settings.cache_dir) / "confidence", "offset of the confidence", version=_VERSION)
    return store.load_or_make(
        [faq.fingerprint, found_by, prior.to_json()],
        lambda: prior.offsets.offset(list(verdicts(settings, faq, retriever))),
        lambda offset: json.dumps(offset).encode(),
        lambda content: float(json.loads(bytes(content))),
    )


def verdicts(settings: Settings, faq: Faq, retriever: HybridRetriever) -> Iterator[Verdict]:
    """Ask the posts that can be held out, without those that another post matches exactly or nearly (`is_near`)."""
    prior, encoders, rewrite = shipped_prior(), build_encoders(settings), build_rewriter(settings)
    for fold in folds(faq):
        part = retriever.over_part(fold.faq)
        confidence = PriorConfidence(prior, Evidence(part, *encoders))
        for post, topic_id in fold.asked:
            question = Question(post)
            hits = part.search(question, DEPTH)
            if not hits or is_certain(question, hits, rewrite):
                continue
            features = confidence.evidence.measure(question, hits)
            if not is_near(features):
                yield Verdict(confidence.given(features), hits[0].topic_id == topic_id)
