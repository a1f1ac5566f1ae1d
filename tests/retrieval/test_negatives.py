"""Posts that must not find a topic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from faq_component.knowledge.options import Options
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval.negatives import NO_NEGATIVES, Negatives
from faq_component.retrieval.question import Among, Question
from tests.fakes import CharacterEncoder

REFUND = Topic(
    "refund", "退款", ("怎么退款", "钱退给我"), ("好",), Options(negatives=("押金怎么退款", "退款上限是多少"))
)
FAQ = Faq.of([REFUND, Topic("parcel", "包裹", ("包裹到哪了",), ("好",))])


@pytest.fixture(params=[True, False], ids=["encoder", "bigrams"])
def negatives(request: pytest.FixtureRequest) -> Negatives:
    return Negatives(FAQ, CharacterEncoder()) if request.param else Negatives(FAQ)


@pytest.mark.parametrize(
    ("text", "taken_out"),
    [
        ("押金怎么退款", True),
        ("押金怎么退款呀", True),
        ("退款上限", True),
        ("怎么退款", False),
        ("钱退给我", False),
        ("", False),
    ],
)
def test_the_nearest_decides(negatives: Negatives, text: str, taken_out: bool) -> None:
    assert negatives.taken_out(Question(text)) == ({"refund"} if taken_out else frozenset())


def test_as_near_as_a_post_is_not_nearer() -> None:
    same = replace(REFUND, posts=("怎么退款",), options=Options(negatives=("怎么退款？",)))
    assert not Negatives(Faq.of([same]), CharacterEncoder()).taken_out(Question("怎么退款"))


def test_the_scope_stays() -> None:
    scope = frozenset({"refund"})
    question = Negatives(FAQ, CharacterEncoder()).applied(Question("押金怎么退款", Among(scope)))
    assert question.among == Among(scope, frozenset({"refund"}))


def test_without_negatives_nothing_is_encoded_and_the_question_is_the_same() -> None:
    encoder, question = CharacterEncoder(), Question("怎么退款")
    plain = Faq.of([replace(REFUND, options=Options(("标签",)))])
    assert Negatives(plain, encoder).applied(question) is question
    assert NO_NEGATIVES.applied(question) is question
    assert encoder.encoded == []


def test_a_question_is_encoded_once() -> None:
    encoder = CharacterEncoder()
    negatives, question = Negatives(FAQ, encoder), Question("押金怎么退款")
    before = len(encoder.encoded)
    negatives.taken_out(negatives.applied(question))
    negatives.taken_out(question)
    assert len(encoder.encoded) == before + 1
