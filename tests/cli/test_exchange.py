"""``faq import`` and ``faq export`` as users run them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from faq_component.cli import main
from faq_component.knowledge.checking import load_faq

SHOP = {
    "退货": {"id": "return", "post": ["怎么退货"], "resp": ["七天内可退"]},
    "晚安": {"id": "night", "post": ["晚安"], "resp": ["好梦", {"text": "看", "image": "i"}]},
}


class Desk:
    """A knowledge base of two files, and the files that are imported into it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.faq = folder / "faq"
        self.faq.mkdir()
        self.capsys = capsys
        for number, (title, topic) in enumerate(SHOP.items()):
            self.write(f"faq/{number}.json", json.dumps({title: topic}, ensure_ascii=False))

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, "utf-8")
        return str(self.folder / name)

    def run(self, *arguments: str, faq: Path | None = None, status: int = 0) -> str:
        self.capsys.readouterr()
        assert main([*arguments, "--faq", str(faq or self.faq), "--config", str(self.folder / "none.yml")]) == status
        captured = self.capsys.readouterr()
        return captured.err if status else captured.out

    def topics(self, faq: Path | None = None) -> dict[str, tuple[str, tuple[str, ...], tuple[Any, ...]]]:
        return {topic.id: (topic.title, topic.posts, topic.responses) for topic in load_faq(faq or self.faq).topics}

    def bytes(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.faq.glob("*.json")}


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_a_topic_gets_what_it_lacks_and_a_new_one_is_added(desk: Desk) -> None:
    before = desk.bytes()
    file = desk.write(
        "f.csv", "标题,id,问题,答案\n退货,,怎么退货？,七天内可退\n,,想退货,\n,,,包邮\n积分,points,积分有啥用,能抵现\n"
    )
    assert desk.run("import", file).splitlines() == [
        "  + 积分 (points): 1 post, 1 response",
        "  ~ 退货 (return): 1 post added, 1 response added",
        "  rows taken as part of the topic above: 2",
        f"      {file}: row 3: 想退货",
        f"      {file}: row 4: 包邮",
        "  topics with the new answers beside the old ones (--replace puts the new ones in their place): 1",
        "      退货: 七天内可退 | 包邮",
        f"{desk.faq}: 1 topic added, 1 changed, 0 unchanged",
    ]
    assert desk.topics() == {
        "return": ("退货", ("怎么退货", "想退货"), ("七天内可退", "包邮")),
        "night": ("晚安", ("晚安",), load_faq(desk.faq).by_id["night"].responses),
        "points": ("积分", ("积分有啥用",), ("能抵现",)),
    }
    assert json.loads(before["1.json"])["晚安"] == json.loads(desk.bytes()["1.json"])["晚安"]
    assert "0 topics added, 0 changed, 2 unchanged" in desk.run("import", file)


def test_an_id_finds_a_topic_whose_title_was_edited(desk: Desk) -> None:
    file = desk.write("f.csv", "标题,id,问题,答案\n退货政策,return,能退吗,能\n")
    desk.run("import", file)
    assert desk.topics()["return"] == ("退货", ("怎么退货", "能退吗"), ("七天内可退", "能"))
    assert "title was 退货" in desk.run("import", file, "--replace")
    assert desk.topics()["return"] == ("退货政策", ("能退吗",), ("能",))


def test_replace_makes_a_topic_what_the_file_says_and_touches_no_other(desk: Desk) -> None:
    before = desk.bytes()
    file = desk.write("f.md", "## 退货\n\n- 退\n\n> 可以\n")
    assert "~ 退货 (return): 1 post added, 1 post removed, 1 response added, 1 response removed" in desk.run(
        "import", file, "--replace"
    )
    assert desk.topics()["return"] == ("退货", ("退",), ("可以",))
    assert desk.bytes()["1.json"] == before["1.json"]


def test_a_topic_that_is_there_needs_no_answer_and_a_new_one_does(desk: Desk) -> None:
    before = desk.bytes()
    file = desk.write("f.csv", "标题,问题,答案\n退货,想退,\n积分,积分呢,\n")
    fault = f"{file}: row 3, column C (答案): is empty; write an answer"
    assert fault in desk.run("import", file, status=2)
    assert f"{file}: row 2, column C" in desk.run("import", file, "--replace", status=2)
    assert desk.bytes() == before
    desk.run("import", desk.write("f.csv", "标题,问题\n退货,想退\n"))
    assert desk.topics()["return"][1] == ("怎么退货", "想退")


def test_all_faults_of_all_files_at_once(desk: Desk) -> None:
    before = desk.bytes()
    csv = desk.write("f.csv", "标题,问题,答案\n,,乙\n新,问,\n")
    error = desk.run("import", csv, desk.write("f.json", "{"), desk.write("f.txt", ""), status=2)
    assert "4 faults in the FAQ" in error
    assert desk.bytes() == before


def test_ambiguous_topics_are_faults(desk: Desk) -> None:
    mixed = desk.run("import", desk.write("f.csv", "标题,id,问题,答案\n晚安,return,甲,乙\n"), status=2)
    assert "has the id of topic '退货' and the title of topic '晚安' (id 'night'); correct one of them" in mixed
    twice = desk.run("import", desk.write("f.csv", "标题,id,问题,答案\n退货,,甲,乙\n退款,return,丙,丁\n"), status=2)
    assert "is the topic '退货', and so is" in twice


def test_a_dry_run_writes_nothing(desk: Desk) -> None:
    before = desk.bytes()
    out = desk.run("import", desk.write("f.csv", "问题,答案\n积分,抵现\n"), "--dry-run")
    assert "1 topic added" in out
    assert "nothing was written" in out
    assert desk.bytes() == before
    desk.run("import", desk.write("f.csv", "问题,答案\n积分,抵现\n"), "--dry-run", faq=desk.folder / "new.json")
    assert not (desk.folder / "new.json").exists()


@pytest.mark.parametrize(("name", "written"), [("new.json", "new.json"), ("a/new", "a/new/faq.json")])
def test_a_new_knowledge_base(name: str, written: str, desk: Desk) -> None:
    out = desk.run("import", desk.write("f.csv", "问题,答案\n积分,抵现\n"), faq=desk.folder / name)
    assert f"{desk.folder / name} (new): 1 topic added" in out
    assert [topic[1:] for topic in desk.topics(desk.folder / written).values()] == [(("积分",), ("抵现",))]
    assert desk.run("import", str(desk.folder / "f.csv"), faq=desk.folder / name)  # and now it is there


def test_a_new_knowledge_base_is_json(desk: Desk) -> None:
    error = desk.run("import", desk.write("f.csv", "问题,答案\n积分,抵现\n"), faq=desk.folder / "x.csv", status=2)
    assert "ends with .json" in error


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".tsv", ".json", ".md", ".yml"])
def test_export_and_import(suffix: str, desk: Desk) -> None:
    out = desk.folder / f"out{suffix}"
    assert "2 topics, 2 posts, 3 responses" in desk.run("export", str(out))
    files = sorted(desk.folder.glob(f"out*{suffix}"))
    assert len(files) == (2 if suffix == ".yml" else 1)
    desk.run("import", *map(str, files), faq=desk.folder / "copy.json")
    assert load_faq(desk.folder / "copy.json") == load_faq(desk.faq)


def test_an_export_does_not_overwrite_the_knowledge_base(desk: Desk) -> None:
    assert "is a file of the knowledge base itself" in desk.run("export", str(desk.faq / "0.json"), status=2)
    one = desk.faq / "0.json"
    assert "is a file of the knowledge base itself" in desk.run("export", str(one), faq=one, status=2)
    assert "the format '.pdf' is not known" in desk.run("export", str(desk.folder / "x.pdf"), status=2)


def test_a_text_that_a_cell_cannot_hold(desk: Desk) -> None:
    desk.write("faq/0.json", json.dumps({"长": {"post": ["长"], "resp": ["长" * 33_000]}}))
    error = desk.run("export", str(desk.folder / "x.xlsx"), status=2)
    assert "topic '长': a text takes 33000 characters, Excel holds 32767 in a cell" in error
    desk.run("export", str(desk.folder / "x.csv"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(desk: Desk) -> None:
    desk.faq.chmod(0o500)
    assert "check its permissions" in desk.run("import", desk.write("f.csv", "问题,答案\n积分,抵现\n"), status=2)


def test_an_export_that_cannot_be_written(desk: Desk) -> None:
    out = desk.write("file", "")
    assert "out.md cannot be written: " in desk.run("export", f"{out}/out.md", status=2)


RASA = ("tests/data/import/k2_domain.yml", "tests/data/import/k2_nlu.yml")


def test_notes_stand_also_beside_a_fault(desk: Desk) -> None:
    said = desk.run("import", *RASA, faq=desk.folder / "new.json", status=2)
    assert f"note: {RASA[0]}: not read: utter_faq_ship" in said
    assert "`--intent faq_ship` reads one" in said
    assert not (desk.folder / "new.json").exists()


def test_an_intent_that_is_named(desk: Desk) -> None:
    desk.run("import", *RASA, "--intent", "faq_ship", faq=desk.folder / "new.json")
    (topic,) = load_faq(str(desk.folder / "new.json")).topics
    assert (topic.id, topic.posts) == ("faq_ship", ("运费多少", "包邮吗"))


def test_halves_are_left_out_and_named(desk: Desk) -> None:
    nlu = desk.write("nlu.yml", "nlu:\n- intent: faq/a\n  examples: '- 好'\n")
    domain = desk.write("domain.yml", "responses:\n  utter_faq/a:\n  - text: 行\n  utter_faq/b:\n  - text: 甲\n")
    said = desk.run("import", nlu, domain)
    assert "topics left out, as they lack questions or answers: 1" in said
    assert "there is no intent faq/b with examples" in said
    assert len(load_faq(str(desk.faq)).topics) == 3


def test_html_is_read_as_text_and_counted(desk: Desk) -> None:
    said = desk.run("import", "tests/data/import/e2_html_answers.csv", "--dry-run")
    assert "texts with HTML, written out as plain text: 2" in said
    assert "row 2, column B (答案): <p>" in said


def test_a_column_is_left_out_and_columns_go_by_letters(desk: Desk) -> None:
    file = desk.write("f.csv", "问题,答案,分类\n积分有啥用,能抵现,活动\n")
    desk.run("import", file, "--columns", "ignore=分类")
    assert all(not topic.options.tags for topic in load_faq(desk.faq).topics)
    file = desk.write("g.csv", "1,几点发货,当天\n2,发什么快递,顺丰\n")
    desk.run("import", file, status=2)
    desk.run("import", file, "--columns", "question=B", "answer=C")
    assert {"几点发货", "发什么快递"} <= {post for topic in load_faq(desk.faq).topics for post in topic.posts}


def test_one_sheet_is_read_also_where_it_is_hidden(desk: Desk) -> None:
    book = Workbook()
    book.worksheets[0].append(["问题", "答案"])
    book.worksheets[0].append(["能带狗吗", "不能"])
    hidden = book.create_sheet("旧的")
    hidden.append(["问题", "答案"])
    hidden.append(["能抽烟吗", "不能"])
    hidden.sheet_state = "hidden"
    file = str(desk.folder / "f.xlsx")
    book.save(file)
    assert "the sheet is not chosen" in desk.run("import", file, "--sheet", "旧的", "--all")
    posts = {post for topic in load_faq(desk.faq).topics for post in topic.posts}
    assert "能抽烟吗" in posts
    assert "能带狗吗" not in posts
    assert "has no sheet 'x'; its sheets are: Sheet, 旧的" in desk.run("import", file, "--sheet", "x", status=2)
