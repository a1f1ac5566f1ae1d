from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faq_component.cli import main
from faq_component.errors import FaqDataError
from faq_component.evaluation.pairs import Pair, read_pairs
from faq_component.evaluation.queries import hold_out
from faq_component.knowledge.checking import load_faq
from faq_component.training.pairs.examples import from_pairs
from faq_component.training.pairs.pair_files import write_pairs
from tests.fakes import CharacterEncoder


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    content = {f"话题{topic}": [f"话题{topic}的第{post}句" for post in "甲乙丙丁"] for topic in "一二三四五六七八九十"}
    path = tmp_path / "faq.json"
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return path


@pytest.fixture(autouse=True)
def counting_encoder(monkeypatch: pytest.MonkeyPatch) -> CharacterEncoder:
    encoder = CharacterEncoder()
    monkeypatch.setattr("faq_component.cli.sample.build_encoder", lambda _: encoder)
    return encoder


def topic(text: str) -> str:
    return text[:3]


def write(path: Path, *rows: str) -> str:
    path.write_text("sentence1\tsentence2\tlabel\n" + "".join(row + "\n" for row in rows), "utf-8")
    return str(path)


def test_sample_writes_pairs_and_says_how_many(
    faq: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], counting_encoder: CharacterEncoder
) -> None:
    out = tmp_path / "new" / "pairs.tsv"
    assert main(["sample", "--faq", str(faq), "--out", str(out)]) == 0
    pairs = read_pairs(out)
    assert out.read_text("utf-8").startswith("sentence1\tsentence2\tlabel\ttopic1\ttopic2\n")
    assert all(pair.same == (len(set(pair.topics or ())) == 1) for pair in pairs)
    assert all(pair.same == (topic(pair.first) == topic(pair.second)) for pair in pairs)
    assert sum(pair.same for pair in pairs) == 60
    assert len(counting_encoder.encoded) == 40
    printed = capsys.readouterr().out
    assert "drawn: 60 positive pairs, 80 negative ones" in printed
    assert f"{out}: 140 pairs, 60 the same and 80 different" in printed


def test_global_needs_no_encoder(faq: Path, tmp_path: Path, counting_encoder: CharacterEncoder) -> None:
    flags = ["--strategy", "global", "--positives", "1", "--negatives", "3", "--balance", "1", "--seed", "7"]
    for name in ("one.tsv", "two.tsv"):
        assert main(["sample", "--faq", str(faq), "--out", str(tmp_path / name), *flags]) == 0
    assert counting_encoder.encoded == []
    assert (tmp_path / "one.tsv").read_bytes() == (tmp_path / "two.tsv").read_bytes()
    labels = [pair.same for pair in read_pairs(tmp_path / "one.tsv")]
    assert labels == [True] * 40 + [False] * 40


def test_only_columns_that_say_so_are_topics(tmp_path: Path) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text("sentence1\tsentence2\tlabel\ttopic1\ttopic2\n退货\t换货\t0\ta\tb\n退货\t退\t1\ta\t\n", "utf-8")
    assert [pair.topics for pair in read_pairs(file)] == [("a", "b"), None]
    file.write_text("sentence1\tsentence2\tlabel\tsource\tsplit\n退货\t换货\t0\tweb\ttrain\n", "utf-8")
    with pytest.raises(FaqDataError, match="line 1: expected two sentences and a label"):
        read_pairs(file)


def test_what_is_cut_keeps_its_topics(faq: Path, tmp_path: Path, counting_encoder: CharacterEncoder) -> None:
    drawn, cut, plain = tmp_path / "drawn.tsv", tmp_path / "cut.tsv", tmp_path / "plain.tsv"
    assert main(["sample", "--faq", str(faq), "--out", str(drawn), "--balance", "4"]) == 0
    plain.write_text(
        "\n".join("\t".join(row.split("\t")[:3]) for row in drawn.read_text("utf-8").splitlines()), "utf-8"
    )
    assert main(["clean", str(plain), "--out", str(cut), "--max-pairs", "20"]) == 0
    assert {part for pair in read_pairs(cut) for topic in pair.topics or () for part in topic.split(":")[:1]} == {"cut"}
    assert main(["clean", str(drawn), "--out", str(cut), "--max-pairs", "20"]) == 0
    for file in (drawn, cut):
        examples = from_pairs(read_pairs(file))
        groups = {
            topic(text): group
            for item in examples
            for text, group in zip((item.first, item.second), item.groups, strict=True)
        }
        assert len(set(groups.values())) == len(groups)
        assert all(item.groups == (groups[topic(item.first)], groups[topic(item.second)]) for item in examples)


@pytest.mark.parametrize("flags", [["--strategy", "hard", "--skip", "3"], ["--clustering", "mixture", "--beta", "5"]])
def test_topics_held_out(faq: Path, tmp_path: Path, flags: list[str]) -> None:
    out, held_out = tmp_path / "pairs.tsv", tmp_path / "held_out.tsv"
    command = [
        "sample",
        "--faq",
        str(faq),
        "--out",
        str(out),
        "--hold-out-topics",
        "0.2",
        "--held-out-pairs",
        str(held_out),
    ]
    assert main([*command, *flags]) == 0
    topics = [
        {topic(text) for pair in read_pairs(path) for text in (pair.first, pair.second)} for path in (out, held_out)
    ]
    assert [len(part) for part in topics] == [8, 2]
    assert topics[0].isdisjoint(topics[1])


def test_posts_held_out_are_those_that_training_asks(faq: Path, tmp_path: Path) -> None:
    out, held_out = tmp_path / "pairs.tsv", tmp_path / "held_out.tsv"
    command = ["sample", "--faq", str(faq), "--out", str(out), "--strategy", "global", "--hold-out-posts", "0.5"]
    assert main([*command, "--held-out-pairs", str(held_out)]) == 0
    _, queries = hold_out(load_faq(faq, responses_required=False), 0.5)
    asked = {query.text for query in queries}
    assert len(asked) == 20
    drawn, left = (
        {text for pair in read_pairs(path) for text in (pair.first, pair.second)} for path in (out, held_out)
    )
    assert left == asked
    assert drawn.isdisjoint(asked)


def test_pairs_like_a_held_out_one_are_dropped(faq: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    posts = load_faq(faq, responses_required=False).topics[0].posts
    dev = write(tmp_path / "dev.tsv", *(f"{one}！\t{other}\t1" for one in posts for other in posts if one < other))
    out = tmp_path / "pairs.tsv"
    assert main(["sample", "--faq", str(faq), "--out", str(out), "--strategy", "global", "--drop-like", dev]) == 0
    assert "equal to a pair of dev, dropped: 6" in capsys.readouterr().out
    assert not any(pair.same and topic(pair.first) == "话题一" for pair in read_pairs(out))


def test_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = write(tmp_path / "train.tsv", "怎么退货\t如何退货\t1", "几点开门\t什么时候开门\t1", "你好\t你好！\t1")
    more = write(tmp_path / "more.tsv", "什么时候开门\t几点开门\t1", "早\t晚\t0")
    dev = write(tmp_path / "dev.tsv", "如何退货？\t怎么退货\t0")
    out, report = tmp_path / "clean.tsv.gz", tmp_path / "report.json"
    assert main(["clean", pairs, more, "--against", dev, "--out", str(out), "--json", str(report)]) == 0
    assert read_pairs(out) == [Pair("几点开门", "什么时候开门", True), Pair("早", "晚", False)]
    assert json.loads(report.read_text("utf-8")) == {
        "pairs": 5,
        "kept": 2,
        "held_out": {"dev": {"equal": 1, "near": 0, "sharing": 1}},
        "contradicting": {"pairs": 0, "different": 0},
        "trivial": {"pairs": 1, "different": 1},
        "repeated": 1,
    }
    assert "repetitions of another pair, dropped: 1" in capsys.readouterr().out


def test_wrong_use_is_one_sentence(faq: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "pairs.tsv"
    assert main(["sample", "--faq", str(faq), "--out", str(out), "--held-out-pairs", "x.tsv"]) == 2
    assert main(["sample", "--faq", str(faq), "--out", str(out), "--beta", "0"]) == 2
    (tmp_path / "other").mkdir()
    twice = [write(folder / "dev.tsv", "甲\t乙\t1") for folder in (tmp_path, tmp_path / "other")]
    assert main(["clean", twice[0], "--against", *twice, "--out", str(out)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "faq: --held-out-pairs needs --hold-out-posts or --hold-out-topics, a share such as 0.1",
        "faq: setting 'beta' is 0.0; it must be between 0.01 and 1000000.0",
        "faq: two files of held-out pairs are named 'dev'; rename one of them",
    ]
    assert not out.exists()


sentences = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.builds(Pair, sentences, sentences, st.booleans()), min_size=1, max_size=5),
    st.sampled_from(["a.tsv", "a.csv", "a.tsv.gz", "a.csv.gz"]),
)
def test_written_pairs_are_read_again(tmp_path: Path, pairs: list[Pair], name: str) -> None:
    write_pairs(tmp_path / name, pairs)
    expected = [Pair(" ".join(pair.first.split()), " ".join(pair.second.split()), pair.same) for pair in pairs]
    assert read_pairs(tmp_path / name) == expected


def test_compressed_files_have_no_date(tmp_path: Path) -> None:
    write_pairs(tmp_path / "a.tsv.gz", [Pair("甲", "乙", True)])
    content = (tmp_path / "a.tsv.gz").read_bytes()
    assert content[4:8] == bytes(4)
    assert gzip.decompress(content).decode() == "sentence1\tsentence2\tlabel\n甲\t乙\t1\n"
