"""The confidence: what it is made of, how it is fitted, and what it keeps."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from faq_component.assistant.build_retrievers import build_retriever
from faq_component.assistant.build_rules import build_calibration, build_rule
from faq_component.assistant.learning import innermost
from faq_component.decision.confidence import Calibration, FittedConfidence, Sample, features, worth_offering
from faq_component.decision.confidence.fit import fit_calibration, load_or_fit
from faq_component.decision.confidence.out_of_domain import out_of_domain_messages, out_of_domain_sentences
from faq_component.decision.rules import PrecisionRule, ThresholdRule
from faq_component.decision.segments import segments_of
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from faq_component.text import comparison_key
from faq_component.types import Hit, Outcome
from tests.caches import warmed


def calibration(*samples: tuple[float, bool, bool, float]) -> Calibration:
    return Calibration((1.0, 0.0, 0.0), 0.0, tuple(Sample(*sample) for sample in samples))


def test_features_by_hand() -> None:
    hits = [Hit("a", "p", 0.8), Hit("b", "p", 0.5), Hit("c", "p", 0.3)]
    assert features(Question("退货?"), hits) == pytest.approx((0.8, 0.2, 2.0))
    assert features(Question("退" * 100), hits)[2] == 40.0
    assert features(Question(""), []) == (0.0, 0.0, 0.0)


def test_the_probability_is_a_logistic_function() -> None:
    fitted = Calibration((2.0, 1.0, 0.0), -1.0, ())
    assert fitted.probability((0.5, 0.0, 9.0)) == 0.5
    assert fitted.probability((1.0, 1.0, 0.0)) == pytest.approx(0.8808, abs=1e-4)
    assert fitted.probability((1e9, 0.0, 0.0)) == pytest.approx(1.0)


def test_the_bound_gives_the_precision() -> None:
    fitted = calibration(
        (0.9, True, True, 1.0),
        (0.8, True, True, 1.0),
        (0.7, False, True, 1.0),
        (0.6, True, True, 1.0),
        (0.5, False, False, 4.0),
        (0.4, False, True, 4.0),
    )
    assert fitted.answer_from(1.0) == 0.8
    assert fitted.answer_from(0.75) == 0.6
    assert fitted.answer_from(0.7) == 0.6
    assert fitted.answer_from(0.0) == 0.4
    assert fitted.ask_from(0.5, 0.8) == 0.4
    assert fitted.ask_from(0.9, 0.8) == 0.6
    assert fitted.ask_from(1.0, 0.4) == 0.4  # nothing is asked back below it


def test_a_sample_that_was_rounded_to_1_sets_a_bound_that_can_be_reached() -> None:
    fitted = calibration((1.0, True, True, 1.0), (0.9, False, False, 1.0))
    assert fitted.answer_from(1.0) < fitted.probability((12.3, 0.0, 0.0)) < 1.0
    assert fitted.answer_from(1.0) > fitted.probability((12.2, 0.0, 0.0))


def test_questions_of_one_probability_stand_or_fall_together() -> None:
    assert calibration((0.9, True, True, 1.0), (0.9, False, False, 1.0)).answer_from(0.9) == 1.0


def test_json_round_trip() -> None:
    fitted = calibration((0.9, True, False, 0.5))
    for kept in (fitted, replace(fitted, weights=(1.0, 0.0, 0.0, 0.5, -0.5))):
        assert Calibration.from_json(kept.to_json()) == kept
    other = json.loads(fitted.to_json()) | {"features": ["something else"]}
    for text in ("[]", "{}", "{", json.dumps(other)):
        with pytest.raises(ValueError, match=r"it |Expecting|object"):
            Calibration.from_json(text)


def test_it_is_fitted_once(tmp_path: Path) -> None:
    fitted, calls = calibration((0.9, True, True, 1.0)), []

    def fit() -> Calibration:
        calls.append(1)
        return fitted

    for made_from in ({"faq": "1"}, {"faq": "1"}, {"faq": "2"}):
        assert load_or_fit(tmp_path, made_from, fit) == fitted
    assert len(calls) == 2
    for none in (lambda: None, fit):  # that the FAQ is too small is kept, too
        assert load_or_fit(tmp_path, {"faq": "3"}, none) is None
    assert len(calls) == 2


def test_what_is_kept_on_other_features_is_replaced(tmp_path: Path) -> None:
    fitted = calibration((0.9, True, True, 1.0))
    load_or_fit(tmp_path, {"faq": "1"}, lambda: fitted)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Calibration, "from_json", lambda _: (_ for _ in ()).throw(ValueError("other features")))
        again = calibration((0.8, True, True, 1.0))
        assert load_or_fit(tmp_path, {"faq": "1"}, lambda: again) == again
    assert load_or_fit(tmp_path, {"faq": "1"}, lambda: fitted) == again


def test_out_of_domain_sentences_are_many_and_different() -> None:
    sentences = out_of_domain_sentences()
    assert len(sentences) >= 500
    assert len({comparison_key(text) for text in sentences}) == len(sentences)


@pytest.fixture(scope="module")
def keyword(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(retriever="keyword", cache_dir=warmed(tmp_path_factory.mktemp("cache")))


def test_fitted_on_the_demo_it_tells_known_from_unknown(keyword: Settings, in_the_checkout: None) -> None:
    faq = load_faq("data/faq")
    rule = build_rule(keyword, faq)
    fitted = innermost(rule)
    assert isinstance(fitted, PrecisionRule)
    assert 0 < fitted.ask <= fitted.answer < 1
    retriever = build_retriever(keyword, faq)

    def confidence(text: str) -> float:
        return rule.decide(Question(text), retriever.search(Question(text), 5)).confidence

    assert confidence("请问怎么退货呢") > 0.6
    assert confidence("量子纠缠是什么原理") < 0.3
    assert confidence("怎么退货") == 1.0
    again = build_calibration(keyword, faq)
    assert isinstance(fitted.confidence, FittedConfidence)
    assert again == fitted.confidence.calibration
    # The wanted precision moves the bounds, and needs no new fit.
    careful = innermost(build_rule(replace(keyword, answer_precision=0.99, contrast=False), faq))
    assert isinstance(careful, PrecisionRule)
    assert careful.answer > fitted.answer
    assert len(list((Path(keyword.cache_dir) / "confidence").iterdir())) == 1


def test_an_edited_word_list_is_fitted_anew(keyword: Settings, tmp_path: Path, in_the_checkout: None) -> None:
    words = tmp_path / "words.txt"
    settings = replace(keyword, cache_dir=str(tmp_path / "cache"), stop_words=str(words))
    faq = Faq.of(load_faq("data/faq").topics[:20])
    for content, fits in (("的\n", 1), ("的\n", 1), ("的\n怎么\n", 2)):
        words.write_text(content, encoding="utf-8")
        build_calibration(settings, faq)
        assert len(list((tmp_path / "cache/confidence").iterdir())) == fits


def test_the_same_seed_fits_the_same(keyword: Settings, in_the_checkout: None) -> None:
    faq = Faq.of(load_faq("data/faq").topics[:30])

    def fit(seed: int) -> Calibration | None:
        return fit_calibration(faq, lambda part: build_retriever(keyword, part), list, seed=seed)

    assert fit(0) == fit(0)
    assert fit(0) != fit(1)


def test_long_out_of_domain_messages_are_among_what_it_is_fitted_on(keyword: Settings, in_the_checkout: None) -> None:
    """Without them whatever is long would be taken for known."""
    faq, asked = Faq.of(load_faq("data/faq").topics[:30]), set()

    class Listening:
        def __init__(self, part: Faq) -> None:
            self._retriever = build_retriever(keyword, part)

        def search(self, question: Question, top_k: int) -> list[Hit]:
            asked.add(question.text)
            return self._retriever.search(question, top_k)

    fit_calibration(faq, Listening, list)
    measured, others = out_of_domain_messages()[::2], out_of_domain_messages()[1::2]
    assert len(asked & segments_of_all(others)) > 200
    assert not asked & segments_of_all(measured)
    assert len(asked & set(out_of_domain_sentences())) > 200


def segments_of_all(messages: list[str]) -> set[str]:
    return {part.text for message in messages for start in segments_of(Question(message), 0) for part in start}


def test_a_small_faq_and_raw_thresholds_are_not_fitted(keyword: Settings, in_the_checkout: None) -> None:
    faq = load_faq("data/faq")
    small = build_rule(replace(keyword, contrast=False), Faq.of(faq.topics[:7]))
    assert isinstance(innermost(small), ThresholdRule)
    raw = innermost(build_rule(replace(keyword, contrast=False, answer_threshold=0.77), faq))
    assert isinstance(raw, ThresholdRule)
    assert raw.answer == 0.77


def test_topics_of_one_post_can_be_fitted(keyword: Settings, in_the_checkout: None) -> None:
    faq = Faq.of(replace(topic, posts=topic.posts[:1]) for topic in load_faq("data/faq").topics)
    fitted = build_calibration(keyword, faq)
    assert fitted is not None
    assert fitted.weights[0] > 0


def test_what_is_worth_offering() -> None:
    hits = [Hit(f"{score}", "p", score) for score in (0.8, 0.5, 0.4, 0.4)]
    assert [hit.score for hit in worth_offering(hits)] == [0.8, 0.5, 0.4]
    assert [hit.score for hit in worth_offering([Hit("a", "p", 0.8), Hit("b", "p", 0.39)])] == [0.8]
    assert not worth_offering([])
    assert PrecisionRule(FittedConfidence(calibration()), 0.5, 0.2).decide(Question(""), []).outcome is Outcome.REJECT
