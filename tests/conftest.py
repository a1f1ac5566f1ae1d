from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.postgres import Postgres, postgres_programs
from tests.redis_server import RedisServer
from tests.servers import Bot

os.environ.pop("COLUMNS", None)  # consoles keep the width that it says when they are made
os.environ["FAQ_LANGUAGE"] = "en"  # whatever the locale: also what is imported, and every program started, is English

ROOT = Path(__file__).parent.parent

# A machine at work is slow now and then, and the first example may load a dictionary: no test is of time.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

LONGEST = ("tests/test_agreement.py", "tests/training/test_fit.py", "tests/rasa/process/test_bare_rasa.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest modules, so that no process is left with one at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(scope="session", autouse=True)
def in_the_checkout() -> Iterator[None]:
    """Settings and Rasa take paths relative to the working directory."""
    before = Path.cwd()
    os.chdir(ROOT)
    yield
    os.chdir(before)


@pytest.fixture(scope="session", autouse=True)
def usage_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of all bots of the tests, so that none writes into the checkout."""
    file = tmp_path_factory.mktemp("usage") / "usage.sqlite"
    os.environ["FAQ_LOG"] = str(file)
    return file


@pytest.fixture(scope="session")
def trained(in_the_checkout: None) -> None:
    """The Rasa model, trained if anything it depends on has changed."""
    from faq_component.rasa.process.trained_model import LOG, is_current, train_model

    LOG.parent.mkdir(exist_ok=True, mode=0o700)
    with LOG.with_name("train.lock").open("w") as lock:  # the processes that run the tests share one model
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_current():
            train_model()


@pytest.fixture(scope="session")
def bot(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """A real Rasa server and a real action server, on free ports."""
    with Bot(tmp_path_factory.mktemp("bot")) as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL."""
    pytest.importorskip("psycopg2", reason="PostgreSQL's driver is not installed: the extra 'postgresql'")
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed: Debian's package postgresql")
    with Postgres() as running:
        yield running


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running
