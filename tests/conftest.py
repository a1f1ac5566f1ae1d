from __future__ import annotations

import fcntl
import gc
import os
import shutil
import signal
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Tests run in two processes beside their servers: threads of a library that wait for each other on busy cores take
# seven times the computing. Read by libraries when they are loaded, also in programs that tests start.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
# Once a test has spoken to Milvus, gRPC's threads come back in every fork, find their descriptors closed by the
# terminal that a test opens, and end it before its program has begun.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

import hypothesis
import pytest

from faq_component.rasa import patches
from tests.milvus_server import MilvusServer
from tests.postgres import Postgres, postgres_programs
from tests.redis_server import RedisServer
from tests.servers import Bot

gc.disable()  # until all is imported: it would look through the growing heap again and again, half of that time
if find_spec("rasa") is not None:
    patches.leave_out_tensorflow()  # as where the bot starts: five seconds and 300 MB of every process
os.environ.pop("COLUMNS", None)  # consoles keep the width that it says when they are made
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background: programs would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ["FAQ_LANGUAGE"] = "en"  # whatever the locale: also what is imported, and every program started, is English

ROOT = Path(__file__).parent.parent

# A machine at work is slow now and then, and the first example may load a dictionary: no test is of time.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# The longest first.
LONGEST = (
    "tests/rasa/process/test_bare_rasa.py",
    "tests/training/test_fit.py",
    "tests/retrieval/engines/test_milvus_server.py",
    "tests/training/trainers/test_trainers.py",
    "tests/rasa/remote/test_remote_recall.py",
    "tests/test_agreement.py",
    "tests/test_expressions.py",
    "tests/rasa/test_live_bot.py",
    "tests/studio/publishing/test_live_bot.py",
)
STARTED = {"trained", "bot", "postgres", "redis", "milvus", "browser"}  # fixtures that start programs
# What `make test-fast` leaves out: Rasa, servers, browsers, trainings, and whatever encodes or fits much.
HEAVY = (
    *("tests/rasa/", "tests/service/", "tests/training/", "tests/documentation/", "tests/rerank/", "tests/evaluation/"),
    "tests/studio/",
    *(
        "tests/retrieval/engines/",
        "tests/retrieval/test_contract.py",
        "tests/retrieval/test_classifier.py",
        "tests/knowledge/store/",
        "tests/encoders/test_backends.py",
    ),
    *("tests/cli/test_chat.py", "tests/cli/test_web.py", "tests/cli/test_train.py", "tests/cli/test_sample.py"),
    *("tests/lint/test_planted.py", "tests/lint/test_neighbours.py", "tests/lint/test_command.py"),
    *("tests/assistant/test_live.py", "tests/decision/confidence/", "tests/dialogue/test_arbitration.py"),
    *(
        "tests/decision/test_signs_and_codes.py",
        "tests/decision/test_languages.py",
        "tests/decision/test_small_faqs.py",
    ),
    *("tests/usage/test_bot.py", "tests/usage/test_review.py", "tests/language/test_commands.py"),
    *("tests/exchange/test_grammars.py", "tests/exchange/test_round_trip.py", "tests/test_expressions.py"),
    *("tests/test_agreement.py", "tests/test_deploy.py", "tests/test_import_direction.py"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of `make test-fast`."""
    parser.addoption(
        "--fast", action="store_true", help="leave out what needs Rasa, servers, browsers or much computing"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With ``--fast``, do not even import what is heavy: Rasa alone takes half a minute."""
    if not config.getoption("--fast"):
        return None
    path = collection_path.relative_to(ROOT).as_posix()
    return True if path in HEAVY or f"{path}/" in HEAVY else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest modules, lest a process is left with one at the end; with ``--fast``, start no program."""
    items.sort(key=_rank)
    if config.getoption("--fast"):
        heavy = [item for item in items if item.get_closest_marker("rasa") or STARTED & set(_fixtures(item))]
        config.hook.pytest_deselected(items=heavy)
        items[:] = [item for item in items if item not in heavy]


def pytest_collection_finish() -> None:
    """Collect garbage again, but for what was imported, which stays."""
    gc.freeze()
    gc.enable()


def _rank(item: pytest.Item) -> int:
    """Return the place of an item's module among the longest ones; the others share the place behind them."""
    return next((place for place, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))


def _fixtures(item: pytest.Item) -> list[str]:
    names: list[str] = getattr(item, "fixturenames", [])
    return names


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what ``--fast`` has left out."""
    if config.getoption("--fast"):
        terminalreporter.write_line(
            "left out: Rasa, servers, browsers, trainings and much computing (HEAVY in tests/conftest.py); "
            "`make test` runs everything but the long tests"
        )


@pytest.fixture(scope="session", autouse=True)
def in_the_checkout() -> Iterator[None]:
    """Settings and Rasa take paths relative to the working directory."""
    before = Path.cwd()
    os.chdir(ROOT)
    yield
    os.chdir(before)


@pytest.fixture(scope="session", autouse=True)
def usage_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of all bots of the tests, so that none writes into the checkout; what they hand over is beside it."""
    file = tmp_path_factory.mktemp("usage") / "usage.sqlite"
    os.environ["FAQ_LOG"] = str(file)
    os.environ["FAQ_HANDOVERS"] = str(file.with_name("handovers.sqlite"))
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


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    """A real Milvus server. Its tests are in one file; after them it would take a tenth of a core for nothing."""
    pytest.importorskip("pymilvus", reason="pymilvus is not installed: the extra 'milvus'")
    with MilvusServer(tmp_path_factory.mktemp("milvus")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium; Playwright's own browser is a download from elsewhere.

    While it is open, an event loop runs, so that no test of another module can run one.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the extra 'test'")
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("Chromium is not installed: Debian's package chromium")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()
