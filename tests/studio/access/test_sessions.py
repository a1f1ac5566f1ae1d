"""Sessions in bounds: nobody ends those of others, and a proxy's person has one."""

from __future__ import annotations

from pathlib import Path

from faq_component.studio.access.accounts import Accounts
from faq_component.studio.access.audit_log import Filter
from faq_component.studio.access.doors import Access
from faq_component.studio.access.listening import listening
from faq_component.studio.access.roles import Role
from faq_component.studio.access.sessions import Session, Sessions
from faq_component.studio.app import create_app
from faq_component.studio.workbench import Workbench

_BASE = "http://127.0.0.1:8090"


def test_a_persons_many_sessions_end_only_their_own_the_longest_unused_first() -> None:
    clock = [0.0]
    sessions = Sessions(lambda: clock[0])
    other = sessions.begin(Session("wang", Role.READER, "1"))
    local = sessions.begin(Session("li", Role.ADMINISTRATOR))  # has come in without an account
    begun = []
    for _number in range(20):
        clock[0] += 1
        begun.append(sessions.begin(Session("li", Role.READER, "1")))
    clock[0] += 1
    assert sessions.find(begun[0]) is not None
    begun.append(sessions.begin(Session("li", Role.READER, "1")))
    assert [number for number, one in enumerate(begun) if sessions.find(one) is None] == [1]
    for _more in range(2_000):
        sessions.begin(Session("li", Role.READER, "1"))
    assert (sessions.find(other) is not None, sessions.find(local) is not None) == (True, True)
    assert (sessions.count("li"), sessions.count("wang")) == (20, 1)


def test_a_vouched_persons_session_is_one_until_it_ends() -> None:
    clock = [0.0]
    sessions = Sessions(lambda: clock[0])
    first, session, is_new = sessions.vouched("li", Role.READER, "1")
    second, again, is_new_again = sessions.vouched("li", Role.READER, "1")
    assert (is_new, is_new_again, again is session, first != second) == (True, False, True, True)
    assert sessions.vouched("li", Role.READER, "2")[2]  # the account's sessions have been ended
    assert sessions.vouched("wang", Role.READER, "1")[2]
    assert (sessions.count("li"), sessions.count("wang")) == (2, 1)
    assert sessions.end(first) is session
    assert (sessions.find(second), sessions.vouched("li", Role.READER, "1")[2]) == (None, True)
    clock[0] += 9 * 3600
    assert sessions.vouched("li", Role.READER, "1")[2]


def test_requests_of_a_proxy_without_cookies_end_nobodys_session_and_are_one_sign_in(
    workbench: Workbench, tmp_path: Path
) -> None:
    accounts = Accounts(tmp_path / "accounts.sqlite")
    place = listening(8090, proxies=["10.0.0.1"], header="X-Forwarded-User", unknown=Role.READER)
    access = Access(place, accounts, "li")
    own = access.sessions.begin(Session("li", Role.ADMINISTRATOR))
    app = create_app(workbench, access)

    def page(cookie: str = "") -> tuple[str, str]:
        client = app.test_client(use_cookies=False)
        headers = {"X-Forwarded-User": "somebody", **({"Cookie": cookie} if cookie else {})}
        answer = client.get("/account", base_url=_BASE, headers=headers, environ_base={"REMOTE_ADDR": "10.0.0.1"})
        assert answer.status_code == 200
        csrf = answer.text.split('"X-CSRF-Token": "')[1].split('"')[0]
        return csrf, answer.headers.get("Set-Cookie", "").split(";")[0]

    csrf, cookie = page()
    for _request in range(1_100):
        access.sessions.vouched("somebody", Role.READER, "")
    assert {page()[0] for _request in range(3)} == {csrf}  # a page that is open stays good
    assert page(page()[1]) == (csrf, "")  # with a cookie, no other is set
    assert page(cookie)[0] == csrf
    assert access.sessions.find(own) is not None
    assert len(workbench.audit_log.entries(Filter(who="somebody", what="sign-in"))) == 1
