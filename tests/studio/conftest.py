from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from faq_component.settings import Settings
from faq_component.studio.access import Role
from faq_component.studio.access.accounts import Accounts
from faq_component.studio.access.doors import Access
from faq_component.studio.access.listening import Listening
from faq_component.studio.access.sessions import Session
from faq_component.studio.app import create_app
from faq_component.studio.workbench import Workbench
from tests.caches import warmed
from tests.service.faqs import write_faq

PORT = 8090
HOST = f"http://127.0.0.1:{PORT}"


class Page:
    """A signed-in client of the studio.

    Args:
        client: of the application.
        session: the id of its session.
    """

    def __init__(self, client: FlaskClient, session: str) -> None:
        self.client = client
        client.set_cookie(f"faq_studio_{PORT}", session, domain="127.0.0.1")
        page = self.get("/topics")
        self.csrf = page.split('"X-CSRF-Token": "')[1].split('"')[0]

    def get(self, place: str, status: int = 200, headers: dict[str, str] | None = None) -> str:
        answer = self.client.get(place, base_url=HOST, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.text

    def until(self, place: str, waiting: str) -> str:
        """Load a page until it no longer says that it is waiting."""
        deadline = time.monotonic() + 300
        while waiting in (shown := self.get(place)):
            assert time.monotonic() < deadline, shown
            time.sleep(0.1)
        return shown

    def post(self, place: str, status: int = 200, /, **fields: object) -> str:
        answer = self.client.post(place, base_url=HOST, data=fields, headers={"X-CSRF-Token": self.csrf})
        assert answer.status_code == status, answer.text
        return answer.text


@contextlib.contextmanager
def pool_workbench(folder: Path) -> Iterator[Workbench]:
    """A workbench over the swimming pool's FAQ, with all that it keeps in a folder."""
    file = write_faq(folder)
    places = {name: str(folder / name) for name in ("cache_dir", "log", "test_sets")}
    warmed(places["cache_dir"])
    with Workbench(Settings(faq=str(file), reload_seconds=0.1).override(**places)) as made:
        yield made


def acts(workbench: Workbench) -> list[str]:
    """What the audit log holds, without sign-ins, the newest last."""
    return [entry.what for entry in reversed(workbench.audit_log.entries()) if entry.what != "sign-in"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_faq(tmp_path)


@pytest.fixture
def workbench(
    file: Path, tmp_path: Path, in_the_checkout: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workbench]:
    monkeypatch.setenv("FAQ_LOG", str(tmp_path / "usage.sqlite"))
    places = {"cache_dir": "cache", "log": "usage.sqlite", "test_sets": "test_sets"}
    settings = Settings(faq=str(file), reload_seconds=0.1)
    settings = settings.override(**{name: str(tmp_path / place) for name, place in places.items()})
    warmed(settings.cache_dir)
    with Workbench(settings) as made:
        yield made


@pytest.fixture
def draft(workbench: Workbench) -> Path:
    """The file of the whole draft."""
    return Path(workbench.draft.place)


@pytest.fixture
def access(tmp_path: Path) -> Access:
    return Access(Listening(PORT), Accounts(tmp_path / "cache" / "studio" / "accounts.sqlite"), "li")


@pytest.fixture
def page(workbench: Workbench, access: Access) -> Page:
    return Page(create_app(workbench, access).test_client(), access.sessions.begin(Session("li", Role.ADMINISTRATOR)))


@pytest.fixture
def readers_page(workbench: Workbench, access: Access) -> Page:
    return Page(create_app(workbench, access).test_client(), access.sessions.begin(Session("wang", Role.READER)))
