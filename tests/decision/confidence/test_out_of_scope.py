"""Where a question lies among vectors, worked out by hand in a plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from faq_component.decision.confidence import Calibration, FittedConfidence, Surroundings, features
from faq_component.decision.confidence.fit import fit_calibration
from faq_component.decision.confidence.out_of_domain import out_of_domain_sentences
from faq_component.decision.contrast import ContrastCheck
from faq_component.decision.rules import ContrastRule, PrecisionRule, ThresholdRule
from faq_component.encoders import Vectors
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval import DenseRetriever
from faq_component.retrieval.question import Question
from faq_component.types import Hit
from tests.fakes import CharacterEncoder

PLANE = {"东": (1.0, 0.0), "偏东": (0.8, 0.6), "北": (0.0, 1.0), "西": (-1.0, 0.0)}
FAQ = Faq.of([Topic("e", "东", ("东", "偏东"), ()), Topic("n", "北", ("北",), ())])


class PlaneEncoder:
    """Knows a few texts; all others, the out-of-domain sentences among them, lie in the north-west."""

    dim = 2
    fingerprint = "plane"

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        return np.array([PLANE.get(text, (-0.6, 0.8)) for text in texts], dtype=np.float32)


def surroundings() -> Surroundings:
    return Surroundings(FAQ, PlaneEncoder(), PlaneEncoder())


# Posts of different topics have the products 0 and 0.6, so unrelated ones 0.3 in the mean, and are sqrt(1.4) apart.
APART = math.sqrt(1.4)


def test_the_measures_by_hand() -> None:
    # The mean of 东 and 偏东 is (0.9, 0.3): both are sqrt(0.1) away, which is the boundary, and so is (1, 0).
    inside, nearness = surroundings().measure(Question("东"), "e")
    assert inside == pytest.approx(0.0, abs=1e-6)
    assert nearness == 0.0  # less alike than unrelated posts
    # A topic of one post has no extent; the nearest out-of-domain sentence has the product 0.8.
    inside, nearness = surroundings().measure(Question("北"), "n")
    assert inside == 0.0
    assert nearness == pytest.approx((0.8 - 0.3) / 0.7)
    inside, _ = surroundings().measure(Question("西"), "n")
    assert inside == pytest.approx(-math.sqrt(2) / APART)


def test_an_out_of_domain_sentence_is_compared_with_the_others() -> None:
    first, second, *_ = out_of_domain_sentences()

    class OneApart(PlaneEncoder):
        def encode(self, texts: Sequence[str]) -> Vectors:
            vectors = super().encode(texts)
            vectors[[text == first for text in texts]] = (1.0, 0.0)
            return vectors

    apart = Surroundings(FAQ, OneApart(), OneApart())
    assert apart.measure(Question(first), "e")[1] == 0.0
    assert apart.measure(Question("东"), "e")[1] == pytest.approx(1.0)
    assert apart.measure(Question(second), "e")[1] == pytest.approx(1.0)


def test_features_with_surroundings() -> None:
    found = features(Question("西"), [Hit("n", "北", 0.4)], surroundings())
    assert found == pytest.approx((0.4, 0.0, 1.0, -math.sqrt(2) / APART, (0.6 - 0.3) / 0.7))
    assert features(Question("西"), [], surroundings()) == (0.0, 0.0, 1.0, 0.0, 0.0)


def test_after_an_edit_only_changed_topics_are_encoded() -> None:
    before = surroundings()
    posts = PlaneEncoder()
    before._post_encoder = posts
    edited = Faq.of([FAQ.topics[0], replace(FAQ.topics[1], posts=("北", "西")), Topic("w", "西", ("西",), ())])
    after = before.updated(edited)
    assert posts.encoded == ["北", "西", "西"]
    assert after.measure(Question("东"), "e") == before.measure(Question("东"), "e")
    assert after.measure(Question("西"), "w")[0] == 0.0
    assert after.measure(Question("西"), "n")[0] == pytest.approx(0.0, abs=1e-6)  # on the boundary of 北 and 西
    assert before.measure(Question("西"), "n")[0] < 0
    with pytest.raises(KeyError):
        before.measure(Question("西"), "w")


class Nothing:
    """A retriever that the confidence does not ask."""

    def search(self, question: Question, top_k: int) -> list[Hit]:
        raise AssertionError


def test_rules_over_an_edited_faq() -> None:
    calibration = Calibration((1.0, 0.0, 0.0, 1.0, 0.0), 0.0, ())
    rule = ContrastRule(
        PrecisionRule(FittedConfidence(calibration, surroundings()), 0.5, 0.2), ContrastCheck(FAQ, list)
    )
    edited = Faq.of([*FAQ.topics, Topic("w", "西", ("西",), ())])
    hits = [Hit("w", "西", 0.9)]
    over = rule.updated(edited, Nothing())
    assert over.decide(Question("西方"), hits).confidence == pytest.approx(
        1 / (1 + math.exp(-(0.9 - 0.8944 / APART))), abs=1e-3
    )
    assert isinstance(over.rule, PrecisionRule)
    assert isinstance(over.rule.confidence, FittedConfidence)
    assert over.rule.confidence.calibration is calibration
    thresholds = ThresholdRule(0.6, 0.4, 0.1)
    assert thresholds.updated(edited, Nothing()) is thresholds


def test_the_confidence_uses_them(in_the_checkout: None) -> None:
    encoder = CharacterEncoder()

    def surround(part: Faq) -> Surroundings:
        return Surroundings(part, encoder, encoder)

    faq = Faq.of(load_faq("data/faq").topics[:40])
    fitted, without = (
        fit_calibration(faq, lambda part: DenseRetriever(part, encoder), list, *more) for more in ((surround,), ())
    )
    assert fitted is not None
    assert without is not None
    assert [len(calibration.weights) for calibration in (fitted, without)] == [5, 3]
    assert all(fitted.weights)
    assert fitted == Calibration.from_json(fitted.to_json())


def test_sentences_are_in_the_languages_of_the_faq() -> None:
    def faq_of(*posts: str) -> Faq:
        return Faq.of([Topic("t", "t", posts, ())])

    chinese, english = (set(out_of_domain_sentences(faq_of(post))) for post in ("怎么退货", "how do I return it"))
    assert chinese
    assert english
    assert not chinese & english
    assert all(sentence.isascii() for sentence in english)
    assert set(out_of_domain_sentences(faq_of("怎么退货", "how do I return it"))) == chinese | english
    assert set(out_of_domain_sentences()) == set(out_of_domain_sentences(Faq.of([]))) == chinese | english
    assert (
        set(out_of_domain_sentences(faq_of("how do I return it", *("退货" + "好" * n for n in range(20))))) == chinese
    )
