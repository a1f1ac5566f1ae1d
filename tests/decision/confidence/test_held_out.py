"""An FAQ's own posts, held out, and how they move the prior's confidence."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from faq_component.decision.confidence import OffsetPrior, Verdict, folds
from faq_component.knowledge.topics import Faq, Topic

OFFSETS = OffsetPrior(least=0.8, mean=0.3, spread=1.0, worth=0.0)


def faq_of(*posts_of_topics: tuple[str, ...]) -> Faq:
    return Faq.of(Topic(f"t{number}", "题", posts, ("好",)) for number, posts in enumerate(posts_of_topics))


def numbered(topic: int, count: int) -> tuple[str, ...]:
    return tuple(f"{topic}号的第{place}种" for place in range(count))


def test_each_post_is_asked_once_of_the_faq_without_it() -> None:
    faq = faq_of(numbered(0, 1), numbered(1, 2), numbered(2, 3), numbered(3, 9))
    found = list(folds(faq))
    assert len(found) == 4
    asked = [pair for fold in found for pair in fold.asked]
    assert Counter(asked) == Counter((post, topic.id) for topic in faq.topics[1:] for post in topic.posts)
    for fold in found:
        out = {post for post, _topic_id in fold.asked}
        assert [topic.id for topic in fold.faq.topics] == [topic.id for topic in faq.topics]
        for part, topic in zip(fold.faq.topics, faq.topics, strict=True):
            assert part.posts == tuple(post for post in topic.posts if post not in out)
            assert part.posts
    assert found == list(folds(faq))
    assert found != list(folds(faq, seed=1))


def test_a_post_of_two_topics_is_held_out_but_not_asked() -> None:
    faq = faq_of(("怎么退货", "想退货"), ("怎么退货？", "换货"), ("保修",), ("发票",))
    asked = {post for fold in folds(faq) for post, _topic_id in fold.asked}
    assert asked == {"想退货", "换货"}


def test_of_many_posts_some_are_asked() -> None:
    fold, *others = folds(faq_of(*(numbered(topic, 10) for topic in range(200))))
    assert not others
    assert len(fold.asked) == 500
    assert all(len(topic.posts) == 7 for topic in fold.faq.topics)
    assert [len(fold.asked) for fold in folds(faq_of(*(numbered(topic, 10) for topic in range(160))))] == [150] * 4


@pytest.mark.parametrize("faq", [faq_of(), faq_of(numbered(0, 1), numbered(1, 1))])
def test_without_posts_to_hold_out_there_is_nothing(faq: Faq) -> None:
    assert list(folds(faq)) == []
    assert OFFSETS.offset([]) == 0.0


def verdicts(right: int, wrong: int, probability: float = 0.9) -> list[Verdict]:
    return [Verdict(probability, True)] * right + [Verdict(probability, False)] * wrong


def test_posts_move_the_logits_as_far_as_their_number_warrants() -> None:
    sure, unsure = OFFSETS.offset(verdicts(200, 0)), OFFSETS.offset(verdicts(160, 40))
    assert unsure < -0.8 < 0 < 0.8 < sure
    assert abs(OFFSETS.offset(verdicts(4, 1))) < abs(unsure)
    assert OFFSETS.offset([*verdicts(4, 1), *verdicts(0, 100, 0.79)]) == OFFSETS.offset(verdicts(4, 1))
    # As many are right as the mean expects: 0.924 is the probability of 0.9 with its logit raised by 0.3.
    assert OFFSETS.offset(verdicts(924, 76)) == pytest.approx(0.0, abs=0.01)


def test_posts_that_seldom_find_their_topic_say_less() -> None:
    """Those of the demo, which differ more than what users write, find it in two of three cases."""
    weighted = replace(OFFSETS, worth=12.0)
    seldom = [*verdicts(160, 40), *verdicts(0, 100, 0.1)]
    often = [*verdicts(160, 40), *verdicts(1000, 0, 0.1)]
    assert OFFSETS.offset(seldom) == OFFSETS.offset(often) < weighted.offset(often) < weighted.offset(seldom) < 0
    assert weighted.offset(verdicts(0, 50)) == 0.0


def test_the_offset_is_the_likeliest_one() -> None:
    draw = np.random.default_rng(0)
    asked = [Verdict(float(p), bool(draw.random() < p)) for p in draw.uniform(0.8, 1.0, 50)] + verdicts(0, 3, 1.0)

    def loss(offset: float) -> float:
        p = np.clip([verdict.probability for verdict in asked], 1e-6, 1 - 1e-6)
        logits = np.log(p / (1 - p)) + offset
        right = np.array([verdict.right for verdict in asked])
        return float((np.logaddexp(0, logits) - right * logits).sum() + (offset - OFFSETS.mean) ** 2 / 2)

    likeliest = minimize_scalar(loss).x
    assert OFFSETS.offset(asked) == pytest.approx(likeliest - OFFSETS.mean, abs=1e-5)
