"""An HTTP server that stands in for the APIs of all platforms, and keeps what it was sent."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

BOTFRAMEWORK_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Call:
    """A request that Rasa made: `place` is host and path, `body` what it said in JSON or in a form."""

    method: str
    place: str
    headers: dict[str, str]
    body: dict[str, Any]


class FakePlatforms:
    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.messages: dict[str, dict[str, Any]] = {}  # of Webex, which sends ids only
        self.failing: list[int] = []  # statuses of the next answers to the callback
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakePlatforms:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def sent(self, place: str, count: int, since: int) -> list[Call]:
        """What was sent to a place that begins so, once it is `count` calls or more."""
        deadline = time.monotonic() + 60
        with self._changed:
            while len(found := self._found(place, since)) < count:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"only {found} went to {place}")
        return found

    def _found(self, place: str, since: int) -> list[Call]:
        return [call for call in self.calls[since:] if call.method == "POST" and call.place.startswith(place)]

    def take(self, call: Call) -> tuple[int, Any]:
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
        if call.place == "/callback" and self.failing:
            return self.failing.pop(0), {}
        return _answer(call, self.messages)


def _answer(call: Call, messages: dict[str, dict[str, Any]]) -> tuple[int, Any]:
    host, _, path = call.place[1:].partition("/")
    method = path.rpartition("/")[2]
    if host == "api.telegram.org":
        bot = {"id": 1, "is_bot": True, "first_name": "FAQ", "username": "faq_bot"}
        message = {"message_id": 1, "date": 1, "chat": {"id": 42, "type": "private"}}
        return 200, {"ok": True, "result": {"getMe": bot, "sendMessage": message}.get(method, True)}
    if host == "rocket.example" and method == "login":
        return 200, {"status": "success", "data": {"authToken": "rocket-session", "userId": "bot"}}
    if host == "webexapis.com" and call.method == "GET":
        return (200, {"id": "BOT"}) if path == "v1/people/me" else (200, messages[method])
    if host == "login.botframework.com":
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(BOTFRAMEWORK_KEY.public_key()))
        address = "https://login.botframework.com/v1/.well-known/keys"
        return 200, {"keys": [{**key, "kid": "key1"}]} if method == "keys" else {"jwks_uri": address}
    if host == "login.microsoftonline.com":
        return 200, {"access_token": "teams-session", "expires_in": 3600}
    if host in {"chat.example", "api.twilio.com", "teams.example"}:
        return 201, {"id": "1", "sid": "SM1"}
    return 200, {"ok": True, "id": "1", "success": True}


def _handler(platforms: FakePlatforms) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            try:
                body = json.loads(raw or "{}")
            except ValueError:
                body = {key: value[0] for key, value in parse_qs(raw).items()}
            call = Call(self.command, urlsplit(self.path).path, dict(self.headers), body)
            status, answer = platforms.take(call)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST  # noqa: N815 - the names are those of http.server

        def log_message(self, *_: object) -> None:
            pass

    return Handler
