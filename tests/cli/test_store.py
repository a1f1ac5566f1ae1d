"""`faq copy`, `history`, `diff` and `undo`, and the other commands on a database."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from faq_component.cli import main
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.store import open_store
from faq_component.knowledge.topics import Faq
from tests.postgres import Postgres


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    content = {
        "晚安": {"post": [f"晚安{char}" for char in "甲乙丙丁戊己"], "resp": ["好梦"]},
        "退货": {"id": "return", "post": [f"退货{char}" for char in "甲乙丙丁戊己"], "resp": ["可以退"]},
    }
    file = tmp_path / "faq.json"
    file.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return file


@pytest.fixture
def url(faq: Path, tmp_path: Path) -> str:
    """A database with two versions."""
    url = f"sqlite:///{tmp_path}/faq.db"
    assert main(["copy", str(faq), url, "--who", "小王"]) == 0

    def edit(faq: Faq) -> Faq:
        return Faq.of([faq.topics[0], replace(faq.topics[1], posts=(*faq.topics[1].posts, "能退吗"))])

    open_store(url).edit(edit, who="[小李]", what="加一个问法")
    return url


def run(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """What a command prints."""
    capsys.readouterr()
    assert main(arguments) == status
    printed = capsys.readouterr()
    return printed.out if status == 0 else printed.err


def test_copy_both_ways(faq: Path, tmp_path: Path, postgres: Postgres, capsys: pytest.CaptureFixture[str]) -> None:
    url, back = postgres.new_database(), tmp_path / "back.json"
    out = run(capsys, "copy", str(faq), url)
    masked = url.replace(postgres.password, "***")
    assert out == f"{masked}: 2 topics, 12 posts, 2 responses, copied from {faq}\n"
    run(capsys, "copy", url, str(back))
    assert load_faq(back) == load_faq(faq)
    error = run(capsys, "copy", url, str(back), status=2)
    assert error == f"faq: {back}: there is an FAQ already; --replace replaces it\n"
    error = run(capsys, "copy", str(faq), url, status=2)
    assert f"{masked}: there is an FAQ already" in error


def test_copy_in_the_place_of_another(url: str, faq: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "copy", str(faq), url, "--replace", "--who", "小张")
    assert open_store(url).load() == load_faq(faq)
    history = run(capsys, "history", "--faq", url)
    assert "小张" in history
    assert "小王" in history


def test_history(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    out = run(capsys, "history", "--faq", url)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if line.startswith("│")]
    assert [[row[0], *row[2:]] for row in rows] == [
        ["2", "[小李]", "加一个问法", "1", "1", "0"],
        ["1", "小王", rows[1][3], "2", "12", "2"],
    ]
    when = time.mktime(time.strptime(rows[0][1], "%Y-%m-%d %H:%M:%S"))  # in local time
    assert abs(time.time() - when) < 300
    assert "1 older: --limit 2 shows all" in run(capsys, "history", "--faq", url, "--limit", "1")
    assert "--limit is 0; it must be at least 1" in run(capsys, "history", "--faq", url, "--limit", "0", status=2)


def test_diff_and_undo(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    last = "version 1 to 2: 1 topic, 1 post, 0 responses\n~ 退货 (return)\n    + post: 能退吗\n"
    assert run(capsys, "diff", "--faq", url) == last
    out = run(capsys, "undo", "--faq", url, "--who", "小王")
    assert out == f"{url}: version 3, undo, back to version 1: 1 topic changed; `faq undo` takes it back\n"
    assert run(capsys, "diff", "1", "--faq", url).endswith("no difference\n")
    assert run(capsys, "diff", "1", "2", "--faq", url) == last
    assert "nothing to do" in run(capsys, "undo", "--to", "1", "--faq", url)
    run(capsys, "undo", "--faq", url)
    assert "能退吗" in open_store(url).load().by_id["return"].posts
    assert "there is no version 9; `faq history` lists them" in run(capsys, "undo", "--to", "9", "--faq", url, status=2)


def test_files_have_a_history_too(
    faq: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    place = str(faq)
    topic = next(iter(load_faq(faq).topics))
    edited = replace(topic, posts=(*topic.posts, "新的问法"))
    edit = lambda now: Faq.of(edited if one.id == topic.id else one for one in now.topics)  # noqa: E731
    open_store(place).edit(edit, who="小李", what="加一个问法")
    history = run(capsys, "history", "--faq", place)
    assert "as it was found" in history
    assert "小李" in history
    assert "+ post: 新的问法" in run(capsys, "diff", "--faq", place)
    assert "version 3, undo, back to version 1" in run(capsys, "undo", "--faq", place, "--who", "小王")
    assert load_faq(faq).by_id[topic.id] == topic
    assert "nothing to do" in run(capsys, "undo", "--to", "1", "--faq", place)
    assert "there is no version 9" in run(capsys, "undo", "--to", "9", "--faq", place, status=2)
    assert "there is no such file or folder" in run(capsys, "history", "--faq", place + "none", status=2)


def test_the_other_commands_take_a_url(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.yml"
    config.write_text(f"pipeline: [{{name: x.FaqRecall, retriever: keyword, faq: '{url}'}}]", "utf-8")
    settings = ["--config", str(config)]
    assert run(capsys, "ask", "能退吗", *settings) == "可以退\n"
    assert "return" in run(capsys, "search", "退货乙", *settings)
    assert "2 topics, 13 posts, 2 responses, no faults" in run(capsys, "check", url)
    assert run(capsys, "ids", url).splitlines()[-1].split() == ["return", "退货"]
    assert "--write is for files" in run(capsys, "ids", url, "--write", status=2)
    assert "over 2 topics" in run(capsys, "overlap", url)
    assert "2 questions, 11 posts" in run(capsys, "evaluate", "--retriever", "keyword", *settings)
    pairs = ["sample", "--strategy", "global", "--out", str(tmp_path / "pairs.tsv")]
    assert "pairs" in run(capsys, *pairs, *settings)
    assert "holds no FAQ; fill it with" in run(capsys, "check", f"sqlite:///{tmp_path}/absent.db", status=2)


def test_ids_are_written_into_every_file_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in "ab":
        (tmp_path / f"{name}.json").write_text(f'{{"话题{name}": {{"post": ["{name}"], "resp": ["答"]}}}}', "utf-8")
    before = load_faq(tmp_path)
    run(capsys, "ids", str(tmp_path), "--write")
    assert load_faq(tmp_path) == before
    written = [json.loads((tmp_path / f"{name}.json").read_text("utf-8"))[f"话题{name}"]["id"] for name in "ab"]
    assert written == [topic.id for topic in before.topics]
    out = run(capsys, "ids", str(tmp_path), "--write")
    assert out == f"{tmp_path}/a.json: 0 ids written\n{tmp_path}/b.json: 0 ids written\n"
