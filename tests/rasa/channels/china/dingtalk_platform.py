"""DingTalk's side of an application's robot."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.rasa.channels.china.openssl import hmac_sha256
from tests.rasa.channels.china.platforms import Platform, Request, Shown

SEND = "dtmd://dingtalkclient/sendMessage?content="


class DingTalkPlatform(Platform):
    name = "dingtalk"
    max_age = 3600

    def __init__(self, webhook: str = "") -> None:
        super().__init__(webhook)
        self.app_secret = secrets.token_urlsafe(48)
        self.mentioned: list[Any] = []

    def credentials(self) -> dict[str, Any]:
        return {"app_secret": self.app_secret, "api_url": self.url}

    def secrets(self) -> list[str]:
        return [self.app_secret, *self.tokens]

    def message(self, user: str, text: str, message_id: str, **more: Any) -> dict[str, Any]:
        session = f"{self.new_token()}.{user}"
        return {
            "conversationId": "cid6KeBBLoveMJOGXoYKF5x7EeiodoA==",
            "chatbotCorpId": "dinge8a565",
            "chatbotUserId": "$:LWCP_v1:$Cxxxxx",
            "msgId": f"msg{message_id}",
            "senderNick": "杨",
            "senderStaffId": user,
            "senderId": f"$:LWCP_v1:$Ff09{user}",
            "sessionWebhookExpiredTime": int((time.time() + 5400) * 1000),
            "createAt": int(time.time() * 1000),
            "conversationType": "1",
            "sessionWebhook": f"{self.url}/robot/sendBySession?session={session}",
            "text": {"content": f" {text}"},
            "msgtype": "text",
            **more,
        }

    def sign(self, content: Any, now: float | None = None) -> Request:
        return self._signed(json.dumps(content).encode(), now)

    def sign_body(self, body: bytes) -> Request:
        return self._signed(body, None)

    def forgeries(self, good: Request, content: dict[str, Any]) -> Iterator[Request]:
        yield replace(good, headers={**good.headers, "sign": base64.b64encode(b"0" * 32).decode()})
        yield replace(good, headers={**good.headers, "timestamp": str(int(time.time() * 1000) - 1)})
        yield replace(good, headers={"Content-Type": "application/json"})
        yield DingTalkPlatform().sign(content)

    def broken(self, user: str) -> Iterator[Any]:
        good = self.message(user, "你好", self.new_id())
        yield []
        yield {**good, "msgId": None}
        yield {**good, "text": "x"}
        yield {**good, "senderStaffId": "", "senderId": ""}
        yield {name: value for name, value in good.items() if name != "sessionWebhook"}
        yield {**good, "sessionWebhookExpiredTime": "x"}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/robot/sendBySession", self._send)]

    def _signed(self, body: bytes, now: float | None) -> Request:
        timestamp = str(int((now or time.time()) * 1000))
        sign = base64.b64encode(hmac_sha256(self.app_secret, f"{timestamp}\n{self.app_secret}".encode())).decode()
        headers = {"Content-Type": "application/json; charset=utf-8", "timestamp": timestamp, "sign": sign}
        return Request(body, {}, headers)

    async def _send(self, request: web.Request) -> web.Response:
        if self.refused():
            return web.Response(status=503)
        token, _, user = request.query["session"].partition(".")
        if token not in self.tokens:
            return web.json_response({"errcode": 300001, "errmsg": "session is not exist"})
        given = await request.json()
        self.mentioned.append(given.get("at"))
        if given["msgtype"] == "text":
            shown = Shown(given["text"]["content"])
        else:
            card = given["actionCard"]
            buttons = [(one["title"], unquote(one["actionURL"].removeprefix(SEND))) for one in card["btns"]]
            if not card["title"] or not all(one["actionURL"].startswith(SEND) for one in card["btns"]):
                self.problems.append(f"wrong card {card}")
            shown = Shown(card["text"], tuple(buttons))
        self.shown[user].append(shown)
        return web.json_response({"errcode": 0, "errmsg": "ok"})
