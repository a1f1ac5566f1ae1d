"""URLs of databases: mistakes, permissions, and passwords that stay secret."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from faq_component.errors import FaqDataError, MissingExtraError, SettingsError
from faq_component.knowledge.store import is_url, open_store, shown
from faq_component.knowledge.topics import Faq, Topic
from faq_component.settings import Settings
from tests.postgres import Postgres
from tests.servers import free_port

FAQ = Faq.of([Topic("a", "甲", ("问",), ("答",))])
HIDDEN = "p/w:x?#"
AWAY = f"postgresql://u:p%2Fw:x%3F%23@127.0.0.1:{free_port()}/faq"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("sqlite://faq.db", "'sqlite://faq.db' must name a file and nothing more; write sqlite:///faq.db,"),
        ("sqlite:/faq.db", "'sqlite:/faq.db' is not the URL of a database; write sqlite:///faq.db,"),
        ("sqlite://", "must name a file and nothing more"),
        ("sqlite:///:memory:", "must name a file and nothing more"),
        ("postgres://u:secret@h/d", "'postgres://u:***@h/d': no database of this kind is supported; write"),
        ("mysql://u:secret@h/d", "no database of this kind is supported"),
        ("postgresql+asyncpg://u:secret@h/d", "no database of this kind is supported"),
        ("postgresql://u:secret@h", "'postgresql://u:***@h' names no database; write"),
        ("postgresql://u:secret@h:port/d", "'postgresql://u:***@h:port/d' is not the URL of a database"),
        ("postgresql://u:sec@ret@h/d", "'postgresql://u:***@h/d' names no host; write %40 for an @ in the password"),
        ("postgresql:/d", "is not the URL of a database"),
    ],
)
def test_mistakes_are_one_sentence(place: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_store(place)
    assert message in str(caught.value)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("place", ["data/faq", "faq.json", "C:\\faq", "/a:b/faq.json"])
def test_paths_are_no_urls(place: str) -> None:
    assert not is_url(place)
    assert shown(place) == place


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("postgresql://u:secret@h/d", "postgresql://u:***@h/d"),
        ("postgresql://:secret@h/d", "postgresql://:***@h/d"),
        ("postgresql://u:a@b:/c@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u@h/d?x=1&password=secret&y=2", "postgresql://u@h/d?x=1&password=***&y=2"),
        ("postgresql://u@h/d?sslpassword=secret", "postgresql://u@h/d?sslpassword=***"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("sqlite:///a@b:c.db", "sqlite:///a@b:c.db"),
    ],
)
def test_the_password_is_masked(place: str, expected: str) -> None:
    assert shown(place) == expected


def test_a_server_that_is_away_is_one_sentence_without_the_password(caplog: pytest.LogCaptureFixture) -> None:
    store = open_store(AWAY)
    assert "Connection refused" in store.check().faults[0]
    caplog.set_level(logging.DEBUG)
    for action in (store.stamp, store.load, store.exists, lambda: store.create(FAQ, who="x", what="y")):
        with pytest.raises(FaqDataError, match=r"postgresql://u:\*\*\*@127\.0\.0\.1:.*cannot be used") as caught:
            action()
        assert HIDDEN not in "".join(traceback.format_exception(caught.value))
    assert HIDDEN not in caplog.text
    assert HIDDEN not in repr(Settings(faq=AWAY))
    assert "p%2Fw" not in repr(Settings(faq=AWAY))


def test_a_wrong_password_is_one_sentence(postgres: Postgres) -> None:
    url = postgres.new_database().replace(postgres.password, "wrongsecret")
    with pytest.raises(FaqDataError, match="password authentication failed") as caught:
        open_store(url).load()
    assert "wrongsecret" not in "".join(traceback.format_exception(caught.value))


def test_the_password_may_come_from_the_environment(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    url = postgres.new_database().replace(f":{postgres.password}@", "@")
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    assert open_store(url).create(FAQ, who="x", what="y") == open_store(url).load()


def test_a_user_who_may_only_read(postgres: Postgres) -> None:
    url = postgres.new_database()
    open_store(url).create(FAQ, who="x", what="y")
    name = url.rpartition("/")[2]
    postgres.execute(name, f"CREATE ROLE reader_{name} LOGIN PASSWORD 'r'")
    postgres.execute(name, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_{name}")
    reader = open_store(url.replace(f"faq:{postgres.password}", f"reader_{name}:r"))
    assert reader.load() == FAQ
    with pytest.raises(FaqDataError, match="cannot be written: permission denied for table"):
        reader.edit(lambda faq: Faq.of([Topic("b", "乙", ("问",), ("答",))]), who="x", what="y")
    assert reader.load() == FAQ


def test_a_schema_of_ones_own(postgres: Postgres) -> None:
    url = postgres.new_database()
    postgres.execute(url.rpartition("/")[2], "CREATE SCHEMA bot")
    other = f"{url}?options=-csearch_path%3Dbot"
    open_store(other).create(FAQ, who="x", what="y")
    assert not open_store(url).exists()
    assert open_store(other).load() == FAQ


def test_an_empty_database_names_the_command_that_fills_it(postgres: Postgres, tmp_path: Path) -> None:
    file = tmp_path / "faq.db"
    for url in (postgres.new_database(), f"sqlite:///{file}"):
        store = open_store(url)
        assert not store.exists()
        for action in (store.stamp, store.load, lambda store=store: store.edit(lambda faq: faq, who="x", what="y")):
            with pytest.raises(FaqDataError) as caught:
                action()
            assert f"holds no FAQ; fill it with `faq copy data/faq {shown(url)}`" in str(caught.value)
    assert not file.exists()


def test_only_the_owner_may_read_a_new_file(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/知识 库%20.db").create(FAQ, who="x", what="y")
    file = tmp_path / "知识 库%20.db"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in tmp_path.iterdir()] == [file.name]


def test_files_that_are_no_databases(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database, " * 100, "utf-8")
    with pytest.raises(FaqDataError, match="is no SQLite database; choose another file"):
        open_store(f"sqlite:///{tmp_path}/text").load()
    with pytest.raises(FaqDataError, match="cannot be made: No such file or directory"):
        open_store(f"sqlite:///{tmp_path}/absent/faq.db").create(FAQ, who="x", what="y")
    with pytest.raises(FaqDataError, match="unable to open database file"):
        open_store(f"sqlite:///{tmp_path}").load()


def test_a_create_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from faq_component.knowledge.store import tables

    monkeypatch.setattr(tables, "write_rows", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        open_store(f"sqlite:///{tmp_path}/faq.db").create(FAQ, who="x", what="y")
    assert list(tmp_path.iterdir()) == []


def test_other_tables_of_the_database_stay(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "bot.db") as connection:
        connection.execute("CREATE TABLE events (id INTEGER)")
    store = open_store(f"sqlite:///{tmp_path}/bot.db")
    assert not store.exists()
    assert store.create(FAQ, who="x", what="y") == store.load()
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
    connection.close()


def test_one_who_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from faq_component.knowledge.store import connection

    monkeypatch.setattr(connection, "WAIT_SECONDS", 0)
    store = open_store(f"sqlite:///{tmp_path}/faq.db")
    store.create(FAQ, who="x", what="y")

    def edit(faq: Faq) -> Faq:
        assert open_store(f"sqlite:///{tmp_path}/faq.db").load() == faq  # readers are not held up
        open_store(f"sqlite:///{tmp_path}/faq.db").edit(lambda faq: faq, who="x", what="y")
        return faq

    with pytest.raises(FaqDataError, match="another program has been writing for 0 seconds"):
        store.edit(edit, who="x", what="y")


@pytest.mark.parametrize("topic", [Topic("a", "甲", ("问\0",), ("答",)), Topic("a", "甲\0", ("问",), ("答",))])
def test_what_no_database_can_hold(topic: Topic, tmp_path: Path) -> None:
    with pytest.raises(FaqDataError, match="holds the character NUL, which a database cannot; remove it"):
        open_store(f"sqlite:///{tmp_path}/faq.db").create(Faq.of([topic]), who="x", what="y")


def test_without_the_driver_the_extra_is_named() -> None:
    code = "import sys; sys.modules['psycopg2'] = None; from faq_component.knowledge.store import open_store; "
    code += "open_store('postgresql://u@h/d')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert MissingExtraError("psycopg2", "postgresql").args[0] in result.stderr


def test_a_fork_uses_the_same_store(postgres: Postgres) -> None:
    store = open_store(postgres.new_database())
    store.create(FAQ, who="x", what="y")
    store.load()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            store.edit(lambda faq: Faq.of([Topic("b", "乙", ("问",), ("答",))]), who="x", what="y")
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert store.load().topics[0].id == "b"
