"""``faq lint`` as users call it: exit status, JSON, the page, chosen rules, accepted findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from faq_component.cli import main
from faq_component.language import speaking
from faq_component.lint import RULES
from faq_component.lint.findings import Finding
from faq_component.lint.page import to_html
from faq_component.lint.words import WORDS

CLEAN = {
    "晚安": {"post": ["我要睡觉了", "该休息了"], "resp": ["好梦"]},
    "退货": {"post": ["怎么退货", "东西不想要了"], "resp": ["7天内可以退货。", "支持7天退货。"]},
}
TEXT_RULES = "format,placeholder,contradiction,braces,slot,link,same-post,one-post"


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    content: dict[str, Any] = json.loads(json.dumps(CLEAN))
    content["晚安"]["resp"].append("TODO")
    content["退货"]["resp"].append("9天内可以退货（不含定制。")
    return write(tmp_path / "faq.json", content)


def write(file: Path, content: Any) -> Path:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    return file


def run(*arguments: object) -> int:
    return main(["lint", *map(str, arguments), "--only", TEXT_RULES])


def test_a_clean_faq(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "faq.json", CLEAN)
    assert run(file) == 0
    assert capsys.readouterr().out == f"{file}: nothing found\n"


def test_findings_name_place_rule_text_and_edit(faq: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(faq) == 1
    out = capsys.readouterr().out
    assert f"{faq}:9: error [placeholder] topic '晚安': the answer is a placeholder\n    TODO\n    → Write" in out
    assert f"{faq}:20: error [contradiction] topic '退货': says 9天 where another answer says 7天" in out
    assert f"{faq}:20: error [braces]" in out
    assert f"{faq}: 3 errors, 0 warnings" in out


def test_json_and_chosen_rules(faq: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(faq), "--only", "braces,placeholder", "--ignore", "placeholder", "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert found == {
        "rule": "braces",
        "severity": "error",
        "file": str(faq),
        "line": 20,
        "topic": "退货",
        "text": "9天内可以退货（不含定制。",
        "sentence": "'（' has no counterpart",
        "edit": "Add the missing '）', or remove '（'.",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "brackets"], "--only names 'brackets', which is no rule"),
        (["--ignore", "x"], "--ignore names 'x', which is no rule"),
        (["/nowhere/faq.json"], "there is no such file or folder"),
    ],
)
def test_wrong_use(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_faulty_file_is_named_and_what_can_be_read_is_linted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a.json", {"甲": {"post": ["一", "二"], "resp": ["略"]}})
    (tmp_path / "b.json").write_text("{", "utf-8")
    assert run(tmp_path) == 1
    out = capsys.readouterr().out
    assert "b.json:1: error [format] not JSON" in out
    assert "error [placeholder] topic '甲'" in out


@pytest.mark.parametrize(
    ("contents", "line", "message"),
    [
        ([{}], "", "there is no topic in it; write at least one"),
        ([CLEAN, {"晚安 ": CLEAN["退货"]}], "b.json:2", "duplicate topic, first "),
        (
            [{"甲": {"id": "a", **CLEAN["晚安"]}}, {"乙": {"id": "a", **CLEAN["退货"]}}],
            "b.json:2",
            "id 'a' is already used",
        ),
    ],
)
def test_what_the_check_refuses_is_named(
    tmp_path: Path, contents: list[Any], line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in zip("ab", contents, strict=False):
        write(tmp_path / f"{name}.json", content)
    assert run(tmp_path) == 1
    out = capsys.readouterr().out
    assert f"{line}: error [format]" in out
    assert message in out


def test_accepted_findings_are_left_out_until_the_text_changes(faq: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(faq, "--accept") == 0
    assert (faq.parent / ".faqlint").read_text("utf-8").splitlines()[1:] == [
        "placeholder\t晚安\tTODO",
        "contradiction\t退货\t9天内可以退货（不含定制。",
        "braces\t退货\t9天内可以退货（不含定制。",
    ]
    assert run(faq) == 0
    assert "nothing found, 3 accepted" in capsys.readouterr().out
    faq.write_text(faq.read_text("utf-8").replace("TODO", "TODO 2"), "utf-8")
    assert run(faq) == 1
    captured = capsys.readouterr()
    assert "TODO 2" in captured.out
    assert "accepts what is no longer found, remove the line: placeholder, 晚安, TODO" in captured.err
    before = (faq.parent / ".faqlint").read_bytes()
    assert run(faq, "--accept") == 0
    assert (faq.parent / ".faqlint").read_bytes().startswith(before)
    assert run(faq) == 0


def test_a_faulty_line_of_the_accepted_findings(faq: Path, capsys: pytest.CaptureFixture[str]) -> None:
    accepted = faq.parent / "accepted.txt"
    accepted.write_text("# ours\nplaceholder 晚安 TODO\n", "utf-8")
    assert run(faq, "--accepted", accepted) == 2
    assert f"{accepted}:2: is not 'rule<TAB>topic<TAB>text'" in capsys.readouterr().err


def test_the_page_escapes_what_people_wrote(tmp_path: Path, faq: Path) -> None:
    content = {"<b>粗</b>": {"post": ["一<script>", "二"], "resp": ["<img src=x>{名字}", "好"]}}
    page = tmp_path / "page.html"
    assert run(write(faq, content), "--html", page) == 1
    html = page.read_text("utf-8")
    assert "placeholders that nothing fills in (1)" in html
    assert "&lt;img src=x&gt;{名字}" in html
    assert "<img src=x>" not in html
    assert "<b>粗" not in html
    assert "https://" not in html  # nothing is fetched


def test_the_page_shows_control_characters() -> None:
    finding = Finding("placeholder", "甲\u202e乙", "半\ud83d\x1b[2J", (), "a.json", 3)
    html = to_html("a\x00.json", [finding])
    assert "甲\\u202e乙" in html
    assert "半\\ud83d\\u001b[2J" in html
    assert all(char.isprintable() or char == "\n" for char in html)
    assert html.encode()


def test_the_page_of_a_clean_faq(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert run(write(tmp_path / "faq.json", CLEAN), "--html", page) == 0
    assert "nothing found" in page.read_text("utf-8")
    with speaking("zh"):
        assert run(tmp_path / "faq.json", "--html", page) == 0
    assert "没有发现问题" in page.read_text("utf-8")


@pytest.mark.parametrize("kind", WORDS)
def test_every_sentence_can_be_said(kind: str) -> None:
    names = ["message", "mark", "here", "there", "other", "bracket", "missing", "slot", "link", "char", "post"]
    names += ["plain", "count", "channels"]
    found = Finding(kind, "甲", "文字", tuple((name, f"<{name}>") for name in names), "a.json", 3)
    assert found.rule in RULES
    english = found.sentence, found.edit
    with speaking("zh"):
        chinese = found.sentence, found.edit
        assert "a.json:3" in to_html("a.json", [found])
    assert all(english + chinese)
    assert not set(english) & set(chinese) - {"<message>"}
    assert (found.to_json()["sentence"], found.to_json()["edit"]) == english
    assert "a.json:3" in to_html("a.json", [found])
