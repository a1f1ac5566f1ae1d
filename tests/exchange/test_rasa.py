"""Rasa itself reads what is exported, and its own forms are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq_component.errors import FaqDataError
from faq_component.exchange import Choices, Drafts, merge, read_exchange, write_exchange
from faq_component.knowledge.responses import RichResponse
from faq_component.text import normalize
from tests.exchange.faqs import hard_faq


def write(tmp_path: Path, nlu: str = "", domain: str = "") -> Drafts:
    files = {tmp_path / "nlu.yml": nlu, tmp_path / "domain.yml": domain}
    for path, text in files.items():
        path.write_text(text, "utf-8")
    return read_exchange([path for path, text in files.items() if text])


@pytest.mark.rasa
def test_rasa_reads_the_same_texts(tmp_path: Path) -> None:
    pytest.importorskip("rasa")
    from rasa.shared.core.domain import Domain
    from rasa.shared.nlu.training_data.loading import load_data

    faq = hard_faq()
    nlu, domain = write_exchange(faq, tmp_path / "faq.yml")
    responses = Domain.load(str(domain)).responses
    assert {name: [r["text"] for r in found] for name, found in responses.items()} == {
        f"utter_faq/{topic.id}": [r if isinstance(r, str) else r.text for r in topic.responses] for topic in faq.topics
    }
    examples = load_data(str(nlu)).training_examples
    assert not any(example.get("entities") for example in examples)
    # Rasa's form has no room for line breaks, outer spaces and what looks like an entity; nothing else may differ.
    read = {(example.get_full_intent(), normalize(example.get("text"))) for example in examples}
    posts = {(f"faq/{topic.id}", normalize(post)) for topic in faq.topics for post in topic.posts}
    assert {(intent, post) for intent, post in posts if "](" not in post and "]{" not in post} <= read
    assert len(read) == len(posts)


def test_rich_responses_in_rasas_keys(tmp_path: Path) -> None:
    drafts = write(
        tmp_path,
        "nlu:\n- intent: faq/pay\n  examples: |\n    - 怎么付款\n    - 用[微信](method)付\n"
        '    - 能用[支付宝]{"entity": "method"}吗\n- intent: greet\n  examples: "- hi"\n',
        "responses:\n  utter_faq/pay:\n  - text: 微信\n    id: r1\n    buttons:\n    - {title: 去付, payload: /pay}\n"
        "    condition:\n    - {type: slot, name: vip, value: true}\n    channel: telegram\n  - text: yes\n"
        "  - text: 12\n  - text: ''\n    image: a.png\n  utter_greet:\n  - text: hi\n",
    )
    assert drafts.faults == []
    (draft,) = drafts.topics
    assert (draft.id, draft.title) == ("pay", "怎么付款")
    assert draft.posts == ["怎么付款", "用微信付", "能用支付宝吗"]
    rich = RichResponse(
        text="微信",
        buttons=({"title": "去付", "payload": "/pay"},),
        channel="telegram",
        conditions=({"type": "slot", "name": "vip", "value": True},),
    )
    assert draft.responses == [rich, "yes", "12", RichResponse(image="a.png")]
    assert [note.rsplit(": not read: ")[1].split(";")[0] for note in drafts.notes] == [
        "greet",
        "utter_greet",
        "further intents with a response of their own: greet",
    ]


def test_a_chinese_intent_is_a_title_and_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    drafts = write(
        tmp_path,
        "nlu:\n- intent: faq/退货\n  examples: |\n    - 怎么退\n",
        "responses:\n  utter_faq/退货:\n  - text: 可以\n",
    )
    again = read_exchange([tmp_path / "domain.yml", tmp_path / "nlu.yml"])
    for found in (drafts, again):
        (draft,) = found.topics
        assert (draft.title, draft.id, draft.posts, draft.responses) == ("退货", None, ["怎么退"], ["可以"])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nlu:\n- intent: faq/a\n  examples: |\n    - 好\n    坏\n", "line 5: '坏' is no example"),
        ("nlu:\n- intent: faq/a\n  examples:\n  - text: ''\n", "line 4: the example has no text"),
        ("nlu: [\n", "line 2: not YAML: "),
        ("nlu: &a [*a]\n", "line 1: not YAML: the alias *a is not read; write out what it stands for"),
        ("nlu: 甲\n", "line 1: is not a list"),
        ("responses:\n  utter_faq/a:\n  - 甲\n", "line 3: is not a mapping; write `- text: ...`"),
        ("responses:\n  utter_faq/a:\n  - text: 甲\n    quick_replies: []\n", "line 3: unknown key 'quick_replies'"),
        ("responses:\n  utter_faq/a:\n  - custom: !!python/object:os.system {}\n", "line 3: cannot be read: "),
        ("responses:\n  utter_faq/a:\n  - text: 甲\n    text: 乙\n", "key 'text' appears twice; join the two"),
        ("responses:\n  utter_faq/a:\n  - attachment: {type: file, payload: a}\n", "line 3: "),
        ("responses:\n  utter_faq/a:\n  - attachment: {type: file, payload: }\n", "line 3: "),
        ("slots: {}\n", "holds neither 'nlu' nor 'responses'; give Rasa's NLU data and its domain"),
        ("a: " + "[" * 5000, "not YAML"),
    ],
)
def test_faults(text: str, fault: str, tmp_path: Path) -> None:
    assert fault in "\n".join(write(tmp_path, text).faults)


def test_what_a_topic_lacks(tmp_path: Path) -> None:
    drafts = write(
        tmp_path, "nlu:\n- intent: faq/a\n  examples: '- 好'\n", "responses:\n  utter_faq/b:\n  - text: 好\n"
    )
    assert [gap.split(": ", 2)[2] for draft in drafts.topics for gap in draft.gaps()] == [
        "there is no response utter_faq/a; write one in the domain",
        "topic 'b' has no title; write one",
        "there is no intent faq/b with examples; write one in the NLU data",
    ]


FILES = Path("tests/data/import")


def case(name: str, *intents: str) -> Drafts:
    return read_exchange([FILES / f"{name}_domain.yml", FILES / f"{name}_nlu.yml"], Choices(intents=intents))


class TestIntents:
    """Every retrieval intent is read, or those that are named; plain ones with a response are offered."""

    def test_every_retrieval_intent(self) -> None:
        drafts = case("k1")
        assert (drafts.faults, drafts.notes) == ([], [])
        assert [(d.id, d.title, d.posts, d.responses, d.tags) for d in drafts.topics] == [
            ("chitchat_greet", "你好", ["你好", "您好"], ["您好"], ["chitchat"]),
            ("ask_faq_ship", "运费多少", ["运费多少", "包邮吗"], ["满59元免运费。"], ["ask_faq"]),
        ]

    @pytest.mark.parametrize(("pattern", "count"), [("ask_faq", 1), ("ask_faq/ship", 1), ("*", 2), ("chit*", 1)])
    def test_those_that_are_named(self, pattern: str, count: int) -> None:
        drafts = case("k1", pattern)
        assert (drafts.faults, len(drafts.topics)) == ([], count)
        assert bool(drafts.notes) is (count == 1)

    def test_plain_intents_are_offered_and_read_where_named(self) -> None:
        drafts = case("k2")
        assert [fault.split(": not read: ")[1] for fault in drafts.faults] == [
            "further intents with a response of their own: faq_ship; `--intent faq_ship` reads one, `--intent '*'` all "
            "of them"
        ]
        (draft,) = case("k2", "faq_*").topics
        assert (draft.id, draft.title, draft.posts, draft.responses) == (
            "faq_ship", "运费多少", ["运费多少", "包邮吗"], ["满59元免运费。"],
        )  # fmt: skip

    def test_the_same_question_of_two_retrieval_intents(self, tmp_path: Path) -> None:
        nlu = "".join(f"- intent: {card}/fee\n  examples: |\n    - 年费多少\n" for card in ("gold", "silver"))
        drafts = write(
            tmp_path,
            f"nlu:\n{nlu}",
            "responses:\n  utter_gold/fee:\n  - text: 300元\n  utter_silver/fee:\n  - text: 0元\n",
        )
        assert drafts.faults == []
        assert [(d.title, d.responses) for d in drafts.topics] == [
            ("年费多少 (gold/fee)", ["300元"]), ("年费多少 (silver/fee)", ["0元"]),
        ]  # fmt: skip


NLU = "nlu:\n- intent: faq/a\n  examples: '- 好'\n"
DOMAIN = "responses:\n  utter_faq/a:\n  - text: 好的\n"


@pytest.mark.parametrize(
    ("nlu", "domain", "left_out"),
    [
        (NLU, DOMAIN + "  utter_faq/b:\n  - text: 甲\n", "there is no intent faq/b with examples"),
        (NLU, DOMAIN + "  utter_chitchat/b:\n  - text: 甲\n", "there is no intent chitchat/b with examples"),
        (NLU + "- intent: faq/c\n  examples: '- 甲'\n", DOMAIN, "there is no response utter_faq/c"),
    ],
)
def test_what_lacks_its_other_half_is_left_out_and_named(nlu: str, domain: str, left_out: str, tmp_path: Path) -> None:
    plan = merge(None, write(tmp_path, nlu, domain))
    assert [topic.id for topic in plan.faq.topics] == ["a"]
    assert len(plan.left_out) == 1
    assert left_out in plan.left_out[0]


def test_halves_alone_are_faults(tmp_path: Path) -> None:
    with pytest.raises(FaqDataError, match="there is no response utter_faq/a; write one in the domain"):
        merge(None, write(tmp_path, NLU))


def test_a_response_alone_completes_a_topic_that_is_there(tmp_path: Path) -> None:
    faq = merge(None, write(tmp_path, NLU, DOMAIN)).faq
    plan = merge(faq, write(tmp_path, "", DOMAIN.replace("好的", "行")))
    assert plan.faq.topics[0].responses == ("好的", "行")


def test_stories_beside_the_nlu_data_are_named(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text("version: '3.1'\nrules: []\n", "utf-8")
    write(tmp_path, NLU, DOMAIN)
    drafts = read_exchange([tmp_path / name for name in ("rules.yml", "nlu.yml", "domain.yml")])
    assert drafts.faults == []
    assert drafts.notes == [f"{tmp_path / 'rules.yml'}: not read: it holds version, rules"]


def test_the_templates_of_older_domains_are_responses(tmp_path: Path) -> None:
    drafts = write(tmp_path, NLU, DOMAIN.replace("responses:", "templates:"))
    assert drafts.topics[0].responses == ["好的"]


def test_metadata_of_others_is_left_out(tmp_path: Path) -> None:
    drafts = write(tmp_path, NLU + "  metadata: {tags: 甲, enabled: 1}\n", DOMAIN)
    assert drafts.faults == []
    assert ["'tags' of the metadata is not a list" in note for note in drafts.notes] == [True, False]


def test_rasa_1_in_json(tmp_path: Path) -> None:
    path = tmp_path / "nlu.json"
    path.write_text('{"rasa_nlu_data": {"common_examples": []}}', "utf-8")
    assert "`rasa data convert nlu --format yaml" in read_exchange([path]).faults[0]
