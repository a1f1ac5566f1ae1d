"""The commands as they are typed, once in Chinese and once in English: each says everything in one language."""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from faq_component.cli import main, make_parser
from faq_component.cli.chat import ACTIONS_PORT, RASA_PORT
from faq_component.language import speaking
from faq_component.rasa.process.launch import HOST
from tests.caches import warmed
from tests.cli.test_chat import free

ENGLISH = re.compile(r"[A-Za-z]{2,},?(?: [a-z]{2,}){2,}")  # three words in a row: names and code are shorter
PROGRAM = re.compile(r"^用法：.*?(?=\n\n|\nfaq|\Z)|^faq(?: [a-z-]+)+|`[^`]*`", re.MULTILINE | re.DOTALL)
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
FAQ = {"退货": {"id": "return", "post": ["怎么退货", "想退货"], "resp": ["可以退。", "TODO"]}}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FAQ_LOG", str(tmp_path / "usage.sqlite"))  # not the log of other tests
    (tmp_path / "faq.json").write_text(json.dumps(FAQ, ensure_ascii=False, indent=1), "utf-8")
    settings = (
        f"faq: {tmp_path}/faq.json, log: {tmp_path}/usage.sqlite, cache_dir: {warmed(tmp_path)}, retriever: keyword"
    )
    (tmp_path / "config.yml").write_text(f"pipeline: [{{name: x.FaqRecall, {settings}}}]", "utf-8")
    return tmp_path


def faq(spoken: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `faq` in a process of its own, with nothing but `LANG` to tell the language."""
    environment = {name: value for name, value in os.environ.items() if not re.match("FAQ_LANGUAGE|FAQ_LOG|LC_", name)}
    environment["LANG"] = {"zh": "zh_CN.UTF-8", "en": "en_US.UTF-8"}[spoken]
    command = [sys.executable, "-m", "faq_component.cli", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", env={**environment, "PYTHONUTF8": "1"}, check=False
    )


def is_said_in(spoken: str, text: str) -> bool:
    """Whether a text holds no sentence of the other language."""
    return not (ENGLISH.search(PROGRAM.sub("", text)) if spoken == "zh" else CHINESE.search(text))


def all_commands(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield from all_commands(child, (*path, name))


@pytest.mark.parametrize("path", all_commands(make_parser()), ids=" ".join)
def test_the_help_of_every_command(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    shown = {}
    for spoken in ("zh", "en"):
        with speaking(spoken), pytest.raises(SystemExit):
            main([*path, "--help"])
        shown[spoken] = capsys.readouterr().out
    assert is_said_in("en", shown["en"])
    assert is_said_in("zh", shown["zh"])
    assert "用法：" in shown["zh"]
    assert "选项" in shown["zh"]


@pytest.mark.parametrize(
    ("arguments", "chinese", "english"),
    [
        ([], "缺少参数：命令", "the following arguments are required: COMMAND"),
        (["chatt"], "参数 命令：没有 'chatt' 这一项，可选：", "argument COMMAND: invalid choice: 'chatt' (choose from"),
        (["search"], "缺少参数：question", "the following arguments are required: question"),
        (
            ["search", "a", "--top-k", "x"],
            "参数 --top-k：'x' 不是 int 类型的值",
            "argument --top-k: invalid int value: 'x'",
        ),
        (["search", "a", "--top-k"], "参数 --top-k：后面要有一个值", "argument --top-k: expected one argument"),
        (["check", "a", "b"], "不认识的参数：b", "unrecognized arguments: b"),
        (["import"], "缺少参数：FILE", "the following arguments are required: FILE"),
        (["encoder"], "缺少参数：步骤", "the following arguments are required: STEP"),
        (["usage", "prune", "--older-than", "x"], "“x”不是时长", "'x' is no age"),
    ],
)
def test_wrong_use(arguments: list[str], chinese: str, english: str, capsys: pytest.CaptureFixture[str]) -> None:
    for spoken, message in (("zh", chinese), ("en", english)):
        with speaking(spoken), pytest.raises(SystemExit) as ended:
            main(arguments)
        shown = capsys.readouterr().err
        assert ended.value.code == 2
        assert message in shown
        assert is_said_in(spoken, shown)


@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_an_import(place: Path, spoken: str) -> None:
    file = place / "t.csv"
    file.write_text("标题,问题,答案,备注\n退货,想退,\n积分,,能抵现\n", "utf-8")
    result = faq(spoken, "import", file, "--config", place / "config.yml")
    assert result.returncode == 2
    expected = {
        "zh": f"faq: 问答库有 1 处错误：\n  {file}：第 3 行，B 列（问题）：是空的；请写上问题\n",
        "en": f"faq: 1 fault in the FAQ:\n  {file}: row 3, column B (问题): is empty; write a question\n",
    }
    note = {"zh": f"提示：{file}：没有读取这些列：备注", "en": f"note: {file}: not read: column 备注"}
    assert result.stderr == f"{note[spoken]}\n{expected[spoken]}"
    file.write_text("标题,问题,答案,备注\n退货,想退,\n积分,积分呢,能抵现\n", "utf-8")
    result = faq(spoken, "import", file, "--config", place / "config.yml")
    added = {"zh": "  + 积分 (", "en": "  + 积分 ("}
    total = {
        "zh": f"{place}/faq.json：新增 1 个主题，修改 1 个，不变 0 个",
        "en": f"{place}/faq.json: 1 topic added, 1 changed, 0 unchanged",
    }
    lines = result.stdout.splitlines()
    assert (lines[0], lines[-1]) == (note[spoken], total[spoken])
    assert lines[1].startswith(added[spoken])
    assert lines[1].endswith({"zh": "1 条问法、1 条回答", "en": "1 post, 1 response"}[spoken])


@pytest.mark.parametrize(("written", "read"), [("zh", "en"), ("en", "zh")])
@pytest.mark.parametrize("name", ["t.xlsx", "t.csv", "t.tsv"])
def test_an_exported_table_is_read_back_in_another_language(place: Path, name: str, written: str, read: str) -> None:
    with speaking(written):
        assert main(["export", str(place / name), "--config", str(place / "config.yml")]) == 0
    with speaking(read):
        new = place / "new.json"
        assert main(["import", str(place / name), "--faq", str(new), "--config", str(place / "config.yml")]) == 0
    assert json.loads(new.read_text("utf-8")) == FAQ


@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_the_lint(place: Path, spoken: str) -> None:
    arguments = ("lint", "--only", "placeholder,format", "--config", place / "config.yml")
    result = faq(spoken, *arguments)
    expected = {
        "zh": (
            "错误 [placeholder] 主题“退货”：这条回答只是占位，还没有写。",
            "写好这条回答，或者删掉它。",
            "1 处错误、0 处警告",
        ),
        "en": (
            "error [placeholder] topic '退货': the answer is a placeholder",
            "Write the answer, or remove it.",
            "1 error, 0 warnings",
        ),
    }
    sentence, edit, total = expected[spoken]
    assert result.stdout.splitlines() == [
        f"{place}/faq.json:10: {sentence}",
        "    TODO",
        f"    → {edit}",
        f"{place}/faq.json: {total}",
    ]
    (place / "faq.json").write_text(json.dumps({"甲": {"post": []}}), "utf-8")
    found = json.loads(faq(spoken, *arguments, "--json").stdout)
    assert [(each["severity"], each["line"], each["sentence"]) for each in found] == [
        ("error", 1, "'post' is an empty list; write at least one text"),
        ("error", 1, "has no 'resp'; write at least one"),
    ]


@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_faults_of_the_knowledge_base(place: Path, spoken: str) -> None:
    (place / "faq.json").write_text(
        '{"甲": {"post": ["一"], "resp": ["二"], "answer": []}, "乙": 1, "甲": []}', "utf-8"
    )
    shown = faq(spoken, "check", place / "faq.json").stderr
    assert len(shown.splitlines()) == 5
    assert is_said_in(spoken, re.sub("[甲乙]", "", shown))
    (place / "faq.json").write_text('{"甲": ,}', "utf-8")
    shown = faq(spoken, "check", place / "faq.json").stderr
    assert is_said_in(spoken, shown)
    assert {"zh": "不是 JSON，第 7 列：这里要有一个值", "en": "not JSON: Expecting value at column 7"}[spoken] in shown


@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_commands_on_a_database(place: Path, spoken: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{place}/faq.db"
    (place / "t.csv").write_text("标题,问题,答案\n积分,积分呢,能抵现\n", "utf-8")
    for arguments in (
        ("copy", place / "faq.json", url),
        ("import", place / "t.csv", "--faq", url),
        ("history", "--faq", url),
        ("diff", "--faq", url),
        ("undo", "--faq", url),
        ("status", "--faq", url, "--config", place / "config.yml"),
        ("usage", "--config", place / "config.yml"),
        ("hit-test", place / "t.csv", "--config", place / "config.yml"),
        ("search", "怎么退货", "--config", place / "config.yml"),
        ("overlap", url),
        ("check", url),
    ):
        with speaking(spoken):
            status = main([*map(str, arguments)])
        shown = "".join(capsys.readouterr())
        assert status in (0, 1), shown
        data = re.sub("积分呢?|能抵现|怎么退货|想退货|退货|可以退。", "", shown)
        assert is_said_in(spoken, data), data


@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_what_chat_says_without_talking(trained: None, spoken: str) -> None:
    expected = {"zh": "模型是最新的，不用重新训练。\n", "en": "The model is up to date; no training is needed.\n"}
    assert faq(spoken, "chat", "--train-only").stdout == expected[spoken]
    if not free(RASA_PORT):
        pytest.skip(f"port {RASA_PORT} is taken on this machine")
    with socket.create_server((HOST, RASA_PORT)):
        taken = [faq(spoken, command).stderr for command in ("chat", "web")]
    assert all({"zh": "端口 5005 已被占用", "en": "Port 5005 is taken, and"}[spoken] in shown for shown in taken)
    assert all(is_said_in(spoken, shown) for shown in taken)


@pytest.mark.slow
@pytest.mark.parametrize("spoken", ["zh", "en"])
@pytest.mark.parametrize("command", ["chat", "web"])
def test_what_chat_and_web_say(trained: None, command: str, spoken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (free(RASA_PORT) and free(ACTIONS_PORT)):
        pytest.skip(f"port {RASA_PORT} or {ACTIONS_PORT} is taken on this machine")
    monkeypatch.setenv("FAQ_LANGUAGE", spoken)
    ready, end = {"chat": ("Your input ->", "/stop\n"), "web": (r"5005/chat/", "\x03")}[command]
    process = pexpect.spawn(
        sys.executable, ["-m", "faq_component.cli", command], encoding="utf-8", timeout=180, dimensions=(40, 100)
    )
    try:
        process.expect(ready)
        shown = process.before
        process.send(end)
        process.expect(pexpect.EOF, timeout=60)
        shown += process.before
    finally:
        process.terminate(force=True)
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\?.*|Bot loaded\. Type a message and press enter.*", "", shown)
    assert is_said_in(spoken, said), said
