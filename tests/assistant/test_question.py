"""What is computed of one message, by the assistant and by Rasa's pipeline: once."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from faq_component.assistant.assistant import Assistant
from faq_component.encoders import OnnxEncoder
from faq_component.retrieval import HybridRetriever
from faq_component.retrieval.question import MAX_QUERY_CHARS, Question
from faq_component.settings import Settings
from faq_component.text import comparison_key, normalize

SHORT = "你们家的東西寄到ＡＢＣ大厦要多少钱呀"
STORY = "我上周在你们店里给家里人买了一件外套颜色差得太多了\n我妈妈不喜欢它，一直放在那里没有动过\n要怎么办理退货"


@pytest.fixture(scope="module")
def assistant(in_the_checkout: None) -> Iterator[Assistant]:
    with Assistant(Settings(log="none", threads=1, reload_seconds=0)) as opened:
        yield opened


@pytest.fixture
def counts(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often texts are normalised, made into tokens and encoded; the posts that are met first are warm."""
    for text in (SHORT, STORY):
        assistant.answer(text)
    counted: Counter[str] = Counter()

    def counting(name: str, function: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            counted[name] += 1
            return function(*arguments, **named)

        return call

    for name, module in list(sys.modules.items()):
        if name.startswith("faq_component") and getattr(module, "normalize", None) is normalize:
            monkeypatch.setattr(module, "normalize", counting("normalised", normalize))
    monkeypatch.setattr(OnnxEncoder, "encode", counting("encoded", OnnxEncoder.encode))
    retriever = assistant.knowledge.retriever
    assert isinstance(retriever, HybridRetriever)
    monkeypatch.setattr(retriever.keyword, "_tokenize", counting("made into tokens", retriever.keyword._tokenize))
    return counted


def test_a_message_is_normalised_made_into_tokens_and_encoded_once(assistant: Assistant, counts: Counter[str]) -> None:
    assistant.answer(SHORT)
    assert counts == {"normalised": 1, "made into tokens": 1, "encoded": 1}


def test_a_message_in_segments_is_normalised_once_and_each_segment_encoded_once(
    assistant: Assistant, counts: Counter[str]
) -> None:
    question = Question(STORY)
    segments = sum(map(len, assistant.knowledge.segments(question)))
    assert segments > 3
    assistant.answer(question)
    assert counts == {"normalised": 3, "made into tokens": segments, "encoded": segments}  # line by line


@pytest.mark.rasa
def test_rasas_featurizer_and_recall_share_what_is_computed(counts: Counter[str]) -> None:
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.shared.nlu.training_data.message import Message

    from faq_component.rasa import FaqRecall, SentenceFeaturizer

    config: Any = {**FaqRecall.get_default_config(), "log": "none", "threads": 1, "reload_seconds": 0.0}
    context: Any = SimpleNamespace(node_name="featurizer")
    nothing: Any = None
    featurizer = SentenceFeaturizer.create(
        {**SentenceFeaturizer.get_default_config(), "threads": 1}, nothing, nothing, context
    )
    recall = FaqRecall.create(config, nothing, nothing, ExecutionContext(GraphSchema({})))
    recall.process(featurizer.process([Message.build(SHORT)]))  # warms the posts of this recall
    counts.clear()
    (message,) = recall.process(featurizer.process([Message.build(SHORT.replace("ＡＢＣ", "abc").replace("東", "东"))]))
    assert message.get("faq")["topics"]
    assert counts == {"normalised": 1, "encoded": 1}
    counts.clear()
    recall.process(featurizer.process([Message.build(SHORT)]))
    assert counts["encoded"] == 2  # the featurizer's text has traditional characters, which retrieval rewrites


@given(st.text(max_size=80))
@example("a\n\n b\r\nc")
@example("ΑΣ\nΒ")
@example("\u200b\n退货")
@example("退" * (MAX_QUERY_CHARS + 9))
def test_lines_make_the_text_that_the_whole_has(written: str) -> None:
    question = Question(written)
    assert question.text == normalize(written)[:MAX_QUERY_CHARS]
    assert question.key == comparison_key(question.text)
    assert Question("\n".join(question.lines)).lines == question.lines
    assert all(line == normalize(line) for line in question.lines)


def test_what_is_kept_is_kept_by_who_computes_it() -> None:
    question = Question("Ab")
    assert question.tokens(list) == ["a", "b"]
    assert question.tokens(str.split) == ["ab"]
    assert question.rewritten(str.upper) == "AB"
    assert question.once("name", lambda: 1) == question.once("name", lambda: 2) == 1
    assert Question.of_normalized("ab").text == "ab"
