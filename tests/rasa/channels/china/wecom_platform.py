"""WeCom's side of an application."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aiohttp import web

from tests.rasa.channels.china.platforms import Platform, Request, Shown
from tests.rasa.channels.china.wechat_platform import Cipher, cdata


class WeComPlatform(Platform):
    name = "wecom"
    agent_id = 1000002

    def __init__(self, webhook: str = "") -> None:
        super().__init__(webhook)
        self.corp_id, self.secret = "ww" + secrets.token_hex(8), secrets.token_hex(20)
        self.cipher = Cipher(secrets.token_hex(8), secrets.token_hex(22)[:42] + "A", self.corp_id)
        self.aes_key = base64.b64encode(self.cipher.key).decode().rstrip("=")
        self.cards: set[str] = set()
        self.closed: list[str] = []
        self.last_token = ""

    def credentials(self) -> dict[str, Any]:
        return {
            "corp_id": self.corp_id,
            "agent_id": self.agent_id,
            "secret": self.secret,
            "token": self.cipher.token,
            "aes_key": self.aes_key,
            "api_url": self.url,
        }

    def secrets(self) -> list[str]:
        return [self.secret, self.cipher.token, self.aes_key, *self.tokens]

    def message(self, user: str, text: str, message_id: str) -> dict[str, str]:
        return {**self._fields(user), "MsgType": "text", "Content": text, "MsgId": message_id}

    async def deliver_press(self, user: str, key: Any) -> int:
        task_id, pressed = key
        event = {"MsgType": "event", "Event": "template_card_event", "EventKey": pressed, "TaskId": task_id}
        more = {"CardType": "button_interaction", "ResponseCode": f"code of {task_id}"}
        return await self._deliver(user, {**self._fields(user), **event, **more})

    def sign(self, content: dict[str, str] | str, now: float | None = None) -> Request:
        xml = content if isinstance(content, str) else cdata(content)
        encrypted = self.cipher.encrypt(xml)
        body = cdata({"ToUserName": self.corp_id, "Encrypt": encrypted, "AgentID": str(self.agent_id)})
        return Request(body.encode(), self.query(encrypted, now), {"Content-Type": "text/xml; charset=utf-8"})

    def query(self, signed: str, now: float | None = None) -> dict[str, str]:
        timestamp, nonce = str(int(now or time.time())), str(secrets.randbelow(10**10))
        return {"timestamp": timestamp, "nonce": nonce, "msg_signature": self.cipher.sign(timestamp, nonce, signed)}

    def sign_body(self, body: bytes) -> Request:
        return replace(self.sign(""), body=body)

    def forgeries(self, good: Request, content: dict[str, str]) -> Iterator[Request]:
        yield replace(good, query={**good.query, "msg_signature": "0" * 40})
        yield replace(good, query={**good.query, "nonce": "1"})
        yield replace(good, body=self.sign(content).body)
        stranger = WeComPlatform()
        stranger.cipher.key = self.cipher.key
        yield stranger.sign(content)

    def broken(self, user: str) -> Iterator[dict[str, str] | str]:
        good = self.message(user, "你好", self.new_id())
        yield {**good, "FromUserName": ""}
        yield {name: text for name, text in good.items() if name != "ToUserName"}
        yield cdata(good)[:-5]
        yield '<!DOCTYPE xml [<!ENTITY a "a">]>' + cdata(good)

    def take_response(self, user: str, body: bytes) -> None:
        if body:
            self.problems.append(f"a callback was answered with {body!r}")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/cgi-bin/gettoken", self._token),
            web.post("/cgi-bin/message/send", self._send),
            web.post("/cgi-bin/message/update_template_card", self._update),
        ]

    def _fields(self, user: str) -> dict[str, str]:
        return {
            "ToUserName": self.corp_id,
            "FromUserName": user,
            "CreateTime": str(int(time.time())),
            "AgentID": str(self.agent_id),
        }

    async def _token(self, request: web.Request) -> web.Response:
        if (request.query["corpid"], request.query["corpsecret"]) != (self.corp_id, self.secret):
            return web.json_response({"errcode": 40001, "errmsg": "invalid credential"})
        self.last_token = self.new_token()
        return web.json_response({"errcode": 0, "access_token": self.last_token, "expires_in": 7200})

    async def _send(self, request: web.Request) -> web.Response:
        if self.refused():
            return web.Response(status=503)
        if request.query["access_token"] != self.last_token:
            return web.json_response({"errcode": 42001, "errmsg": "access_token expired"})
        given = await request.json()
        if given["agentid"] != self.agent_id:
            return web.json_response({"errcode": 40056, "errmsg": "invalid agentid"})
        if given["msgtype"] == "text":
            shown = Shown(given["text"]["content"])
            if len(shown.text.encode()) > 2048:
                self.problems.append("a text is too long")
        else:
            shown = self._card(given["template_card"])
        self.shown[given["touser"]].append(shown)
        return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": secrets.token_hex(8)})

    def _card(self, card: dict[str, Any]) -> Shown:
        if card["card_type"] != "button_interaction" or card["task_id"] in self.cards or len(card["button_list"]) > 6:
            self.problems.append(f"wrong card {card}")
        self.cards.add(card["task_id"])
        buttons = tuple((button["text"], (card["task_id"], button["key"])) for button in card["button_list"])
        title, text = card.get("main_title", {}).get("title", ""), card.get("sub_title_text", "")
        if not title + text or len(title) > 26 or len(text) > 112:
            self.problems.append(f"wrong text of a card: {card}")
        return Shown(title + text, buttons)

    async def _update(self, request: web.Request) -> web.Response:
        given = await request.json()
        if request.query["access_token"] != self.last_token or not given["button"]["replace_name"]:
            return web.json_response({"errcode": 42001, "errmsg": "access_token expired"})
        self.closed.append(given["response_code"])
        return web.json_response({"errcode": 0, "errmsg": "ok"})
