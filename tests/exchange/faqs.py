"""Knowledge bases that try the formats: hypothesis strategies, and one with what is known to be hard."""

from __future__ import annotations

from hypothesis import strategies as st

from faq_component.knowledge.leads import Follow
from faq_component.knowledge.options import NONE, Options, Validity
from faq_component.knowledge.responses import Response, RichResponse
from faq_component.knowledge.topics import Faq, Topic
from faq_component.text import comparison_key, normalize

HARD = [
    "=1+1", " -x", "-", "--", "---", "- - -", "***", "+86 138", "@我", "＝1", "'=1", "''-1", "'好", "\t制表",
    "2024-01-02", "001", "1e3", "TRUE", "yes", "null", "~", "是,否;或\t者|还", '他说"好"', '"', "“好”", "两\n行",
    "一\n\n三", "回\r车", "回车\r\n换行", "尾 ", "　全角空格　", "👍", "👨‍👩‍👧", "{name}", "{{name}}", "${HOME}",
    "[官网](https://a.example)", "[a]{b}", '["甲"]', '{"text": "x"}', "[]", "{}", "[", "#", "## 题 {#id}", "{#id}",
    "Q: 问", "答：答", "**问：**好", "> 引用", "```", "```json\n{}\n```", "<!-- x -->", "[a]: http://a", "* x",
    "1. x", "    代码", "a\\b", "\\n", "&amp;", "<b>", "%s", "a#b", "a: b", "a\x0bb", "a\u2028b", "a\x85b", "\ufeffa",
    "a\ufeff", "a\uffff", "\x01a", "a\x00b", "_x000D_", "x005F_x000D_", "a\n---\nb", "a\n===\nb", "- a\n- b",
    "!include x", "!!python/none", "&a", "*a", "%TAG", "'", "长" * 900,
]  # fmt: skip

_characters = st.characters(exclude_categories=["Cs"])
texts = st.one_of(
    st.sampled_from(HARD),
    st.text(_characters, min_size=1, max_size=20),
    st.text("甲乙 \n\t-=#>*`[]{}(){}\"':,;|&!%@_~\\/\r", min_size=1, max_size=12),
).filter(normalize)
_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        texts,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)
_stripped = texts.filter(str.strip)
_buttons = st.builds(
    lambda title, payload, more: {"title": title, "payload": payload, **more},
    _stripped,
    texts,
    st.dictionaries(st.sampled_from(["url", "type"]), texts),
)
_conditions = st.builds(lambda name, value: {"type": "slot", "name": name, "value": value}, texts, _values)


@st.composite
def _rich(draw: st.DrawFn) -> RichResponse:
    response = RichResponse(
        text=draw(st.none() | _stripped),
        buttons=tuple(draw(st.lists(_buttons, max_size=2))),
        image=draw(st.none() | _stripped),
        attachment=draw(st.none() | _stripped),
        custom=draw(st.none() | st.dictionaries(texts, _values, max_size=2)),
        channel=draw(st.none() | _stripped),
        conditions=tuple(draw(st.lists(_conditions, max_size=2))),
    )
    says = response.text or response.buttons or response.image or response.attachment or response.custom
    return response if says else RichResponse(text="好")


_moments = st.sampled_from(["", "2026-11-01", "2026-11-01T09:30", "2026-11-01T09:30+08:00"])
_valid = st.builds(Validity, _moments, st.sampled_from(["", "2026-12-01", "2026-12-01T09:30+08:00"]))
_tags = st.lists(_stripped, max_size=2, unique=True).map(tuple)
responses: st.SearchStrategy[Response] = st.one_of(texts, texts, _rich())
topic_ids = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,63}", fullmatch=True).filter(lambda text: "utter_" not in text)


@st.composite
def _options(draw: st.DrawFn, others: list[str], posts: tuple[str, ...]) -> Options:
    """Optional keys; `others` are the ids that they may lead on to, and none of the `posts` is among the negatives."""
    some = st.lists(st.sampled_from(others), max_size=2, unique=True).map(tuple) if others else st.just(())
    keys = set(map(comparison_key, posts))
    return Options(
        tags=draw(_tags),
        enabled=draw(st.booleans()),
        valid=draw(_valid),
        related=draw(some),
        follow=tuple(Follow(topic, draw(st.just("") | _stripped)) for topic in draw(some)),
        negatives=tuple(text for text in draw(st.lists(texts, max_size=2)) if comparison_key(text) not in keys),
        recommend=draw(st.booleans()),
        handoff=draw(st.booleans()),
    )


@st.composite
def faqs(draw: st.DrawFn) -> Faq:
    titles = draw(st.lists(texts, min_size=1, max_size=4, unique_by=normalize))
    ids = draw(st.lists(topic_ids, min_size=len(titles), max_size=len(titles), unique=True))
    topics = []
    for topic_id, title in zip(ids, titles, strict=True):
        posts = tuple(draw(st.lists(texts, min_size=1, max_size=4)))
        said = tuple(draw(st.lists(responses, min_size=1, max_size=4)))
        others = [other for other in ids if other != topic_id]
        topics.append(Topic(topic_id, title, posts, said, draw(st.just(NONE) | _options(others, posts))))
    return Faq.of(topics)


def hard_faq() -> Faq:
    """Every hard text as a post, a response, and, where no other is the same in effect, a title."""
    titles = {normalize(text): text for text in reversed(HARD)}
    return Faq.of(
        Topic(
            f"t{at}",
            text if titles[normalize(text)] == text else f"第{at}题",
            (text, "普通", text),
            (text, RichResponse(text=text), text),
        )
        for at, text in enumerate(HARD)
    )
