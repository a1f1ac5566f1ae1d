"""Feishu's side of an application with a bot."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aiohttp import web

from tests.rasa.channels.china.openssl import aes_cbc, pad, sha256
from tests.rasa.channels.china.platforms import Platform, Request, Shown


class FeishuPlatform(Platform):
    name = "feishu"
    seconds = 3.0
    attempts = 5

    def __init__(self, webhook: str = "", *, encrypted: bool = True) -> None:
        super().__init__(webhook)
        self.app_id, self.app_secret = "cli_" + secrets.token_hex(8), secrets.token_hex(16)
        self.verification_token, self.encrypt_key = secrets.token_hex(16), secrets.token_hex(16)
        self.encrypted = encrypted
        self.last_token = ""
        self.lose_answers = 0  # so many sendings are done, and answered with a broken connection
        self.sent: set[str] = set()
        self.sent_to: list[str] = []

    def credentials(self) -> dict[str, Any]:
        return {
            "app_id": self.app_id,
            "app_secret": self.app_secret,
            "verification_token": self.verification_token,
            "api_url": self.url,
            **({"encrypt_key": self.encrypt_key} if self.encrypted else {}),
        }

    def secrets(self) -> list[str]:
        return [self.app_secret, self.verification_token, self.encrypt_key, *self.tokens]

    def message(self, user: str, text: str, message_id: str, **more: Any) -> dict[str, Any]:
        message = {
            "message_id": f"om_{message_id}",
            "create_time": self._now(),
            "chat_id": "oc_5ad11d72b830411d72b836c20",
            "chat_type": "p2p",
            "message_type": "text",
            "content": json.dumps({"text": text}),
            **more,
        }
        sender = {"sender_id": {"open_id": f"ou_{user}"}, "sender_type": "user", "tenant_key": "736588c9260f175e"}
        return self.event("im.message.receive_v1", {"sender": sender, "message": message})

    async def deliver_press(self, user: str, key: Any) -> int:
        event = {
            "operator": {"open_id": f"ou_{user}", "tenant_key": "736588c9260f175e"},
            "token": "c-295ee57216a5dc9de90fefd0aadb4b1d7d",
            "action": {"value": key, "tag": "button"},
            "host": "im_message",
            "context": {"open_message_id": "om_574d639e", "open_chat_id": "oc_group"},
        }
        return await self._deliver(user, self.event("card.action.trigger", event))

    def event(self, kind: str, event: dict[str, Any]) -> dict[str, Any]:
        header = {
            "event_id": secrets.token_hex(16),
            "token": self.verification_token,
            "create_time": self._now(),
            "event_type": kind,
            "tenant_key": "736588c9260f175e",
            "app_id": self.app_id,
        }
        return {"schema": "2.0", "header": header, "event": event}

    def sign(self, content: Any, now: float | None = None) -> Request:
        if not self.encrypted and now is not None:
            content = {**content, "header": {**content["header"], "create_time": str(int(now * 1000))}}
        body = json.dumps({"encrypt": self.encrypt(json.dumps(content))} if self.encrypted else content).encode()
        return Request(body, {}, self.headers(body, now))

    def encrypt(self, text: str) -> str:
        iv = secrets.token_bytes(16)
        key = hashlib.sha256(self.encrypt_key.encode()).digest()
        return base64.b64encode(iv + aes_cbc(key, iv, pad(text.encode(), 16))).decode()

    def headers(self, body: bytes, now: float | None = None) -> dict[str, str]:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self.encrypted:
            timestamp, nonce = str(int(now or time.time())), secrets.token_hex(6)
            signature = sha256(f"{timestamp}{nonce}{self.encrypt_key}".encode() + body)
            headers |= {"X-Lark-Request-Timestamp": timestamp, "X-Lark-Request-Nonce": nonce}
            headers["X-Lark-Signature"] = signature
        return headers

    def sign_body(self, body: bytes) -> Request:
        return Request(body, {}, self.headers(body))

    def forgeries(self, good: Request, content: dict[str, Any]) -> Iterator[Request]:
        if self.encrypted:
            yield replace(good, headers={**good.headers, "X-Lark-Signature": "0" * 64})
            yield replace(good, headers={**good.headers, "X-Lark-Request-Nonce": "1"})
            yield replace(good, body=self.sign(content).body)
            yield replace(good, headers={"Content-Type": "application/json"})
            stranger = FeishuPlatform()
            yield stranger.sign(content)
        yield self.sign({**content, "header": {**content["header"], "token": "0" * 32}})
        yield self.sign({"type": "url_verification", "challenge": "x", "token": "0" * 32})

    def broken(self, user: str) -> Iterator[Any]:
        good = self.message(user, "你好", self.new_id())
        yield []
        yield {**good, "event": None}
        yield {**good, "event": {}}
        yield {**good, "event": {**good["event"], "sender": {"sender_id": {"open_id": "../../x"}}}}
        yield {**good, "event": {**good["event"], "message": {**good["event"]["message"], "content": "{"}}}

    def take_response(self, user: str, body: bytes) -> None:
        if json.loads(body) != {}:
            self.problems.append(f"an event was answered with {body!r}")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/open-apis/auth/v3/tenant_access_token/internal", self._token),
            web.post("/open-apis/im/v1/messages", self._send),
            web.post("/open-apis/im/v1/messages/{message_id}/reply", self._send),
        ]

    def _now(self) -> str:
        return str(int(time.time() * 1000))

    async def _token(self, request: web.Request) -> web.Response:
        given = await request.json()
        if (given["app_id"], given["app_secret"]) != (self.app_id, self.app_secret):
            return web.json_response({"code": 10014, "msg": "app secret invalid"})
        self.last_token = self.new_token()
        return web.json_response({"code": 0, "msg": "ok", "tenant_access_token": self.last_token, "expire": 7200})

    async def _send(self, request: web.Request) -> web.Response:
        if self.refused():
            return web.json_response({"code": 99991400, "msg": "request trigger frequency limit"}, status=429)
        if request.headers["Authorization"] != f"Bearer {self.last_token}":
            return web.json_response({"code": 99991663, "msg": "Invalid access token"}, status=400)
        given = await request.json()
        if given["uuid"] not in self.sent:
            self.sent.add(given["uuid"])
            to = given.get("receive_id") or request.match_info["message_id"]
            self.sent_to.append(f"{request.query.get('receive_id_type', 'reply')} {to}")
            self.shown[to.removeprefix("ou_")].append(self._shown(given["msg_type"], json.loads(given["content"])))
        if self.lose_answers:
            self.lose_answers -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"code": 0, "msg": "success", "data": {"message_id": f"om_{secrets.token_hex(8)}"}})

    def _shown(self, kind: str, content: dict[str, Any]) -> Shown:
        if kind == "text":
            return Shown(content["text"])
        text = [element["text"]["content"] for element in content["elements"] if element["tag"] == "div"]
        actions = [one for element in content["elements"] if element["tag"] == "action" for one in element["actions"]]
        return Shown("\n".join(text), tuple((one["text"]["content"], one["value"]) for one in actions))
