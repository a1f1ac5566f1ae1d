"""WeChat's side of an official account, by openssl and another XML library than the product's."""

from __future__ import annotations

import base64
import secrets
import struct
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from aiohttp import web

from tests.rasa.channels.china.openssl import aes_cbc, pad, sha1
from tests.rasa.channels.china.platforms import Platform, Request, Shown


def cdata(fields: dict[str, str]) -> str:
    return "<xml>" + "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in fields.items()) + "</xml>"


def elements(xml: str) -> dict[str, str]:
    return {child.tag: child.text or "" for child in ET.fromstring(xml)}  # noqa: S314 our own channel's


class Cipher:
    """WeChat's and WeCom's: 16 random bytes, the length, the text and the receiver, padded to 32 bytes."""

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        self.token = token
        self.key = base64.b64decode(aes_key + "=")
        self.receiver = receiver

    def encrypt(self, text: str) -> str:
        data = text.encode()
        whole = secrets.token_bytes(16) + struct.pack(">I", len(data)) + data + self.receiver.encode()
        return base64.b64encode(aes_cbc(self.key, self.key[:16], pad(whole, 32))).decode()

    def decrypt(self, encrypted: str) -> str:
        whole = aes_cbc(self.key, self.key[:16], base64.b64decode(encrypted), decrypt=True)
        length = struct.unpack(">I", whole[16:20])[0]
        text, rest = whole[20 : 20 + length], whole[20 + length : -whole[-1]]
        assert rest.decode() == self.receiver
        return text.decode()

    def sign(self, *parts: str) -> str:
        return sha1("".join(sorted([self.token, *parts])).encode())


class WeChatPlatform(Platform):
    name = "wechat"
    account = "gh_7f083739789a"

    def __init__(self, webhook: str = "", *, encrypted: bool = True) -> None:
        super().__init__(webhook)
        self.app_id, self.app_secret = "wx5823bf96d3bd56c7", secrets.token_hex(16)
        self.encrypted = encrypted
        self.cipher = Cipher(secrets.token_hex(8), secrets.token_hex(22)[:42] + "A", self.app_id)
        self.aes_key = base64.b64encode(self.cipher.key).decode().rstrip("=")
        self.passive = self.by_service = 0
        self.expires_in = 7200
        self.last_token = ""

    def credentials(self) -> dict[str, Any]:
        return {
            "app_id": self.app_id,
            "app_secret": self.app_secret,
            "token": self.cipher.token,
            "api_url": self.url,
            **({"aes_key": self.aes_key} if self.encrypted else {}),
        }

    def secrets(self) -> list[str]:
        return [self.app_secret, self.cipher.token, self.aes_key, *self.tokens]

    def message(self, user: str, text: str, message_id: str) -> dict[str, str]:
        return {
            "ToUserName": self.account,
            "FromUserName": user,
            "CreateTime": str(int(time.time())),
            "MsgType": "text",
            "Content": text,
            "MsgId": message_id,
        }

    def sign(self, content: dict[str, str] | str, now: float | None = None) -> Request:
        xml = content if isinstance(content, str) else cdata(content)
        timestamp, nonce = str(int(now or time.time())), str(secrets.randbelow(10**10))
        query = {"timestamp": timestamp, "nonce": nonce, "signature": self.cipher.sign(timestamp, nonce)}
        if self.encrypted:
            encrypted = self.cipher.encrypt(xml)
            xml = cdata({"ToUserName": self.account, "Encrypt": encrypted})
            query |= {"encrypt_type": "aes", "msg_signature": self.cipher.sign(timestamp, nonce, encrypted)}
        return Request(xml.encode(), query, {"Content-Type": "text/xml"})

    def sign_body(self, body: bytes) -> Request:
        return replace(self.sign(""), body=body)

    def forgeries(self, good: Request, content: dict[str, str]) -> Iterator[Request]:
        name = "msg_signature" if self.encrypted else "signature"
        yield replace(good, query={**good.query, name: "0" * 40})
        yield replace(good, query={**good.query, "nonce": "1"})
        if self.encrypted:  # in plain mode the body is not signed
            yield replace(good, body=self.sign(content).body)
        stranger = WeChatPlatform(encrypted=self.encrypted)
        stranger.cipher.key = self.cipher.key
        yield stranger.sign(content)

    def broken(self, user: str) -> Iterator[dict[str, str] | str]:
        good = self.message(user, "你好", self.new_id())
        yield {**good, "FromUserName": ""}
        yield {**good, "FromUserName": "u" * 300}
        yield {name: text for name, text in good.items() if name != "ToUserName"}
        yield cdata(good)[:-5]
        yield '<!DOCTYPE xml [<!ENTITY a "a">]>' + cdata(good)

    def messages(self, count: int) -> int:
        return 1

    def take_response(self, user: str, body: bytes) -> None:
        if body in {b"", b"success"}:
            return
        fields = elements(body.decode())
        if self.encrypted:
            given = fields["MsgSignature"]
            if given != self.cipher.sign(fields["TimeStamp"], fields["Nonce"], fields["Encrypt"]):
                self.problems.append("wrong signature of a passive reply")
            fields = elements(self.cipher.decrypt(fields["Encrypt"]))
        if fields["ToUserName"] != user or fields["FromUserName"] != self.account or fields["MsgType"] != "text":
            self.problems.append(f"wrong passive reply {fields}")
        if len(fields["Content"].encode()) > 2048:
            self.problems.append("a passive reply is too long")
        self.passive += 1
        self.shown[user].append(Shown(fields["Content"]))

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/cgi-bin/stable_token", self._token), web.post("/cgi-bin/message/custom/send", self._send)]

    async def _token(self, request: web.Request) -> web.Response:
        given = await request.json()
        if (given["appid"], given["secret"]) != (self.app_id, self.app_secret):
            return web.json_response({"errcode": 40125, "errmsg": "invalid appsecret"})
        self.last_token = self.new_token()
        return web.json_response({"access_token": self.last_token, "expires_in": self.expires_in})

    async def _send(self, request: web.Request) -> web.Response:
        if self.refused():
            return web.Response(status=503)
        if request.query["access_token"] != self.last_token:
            return web.json_response({"errcode": 42001, "errmsg": f"access_token expired {quote('rid')}"})
        given = await request.json()
        if "\\u" in await request.text() or len(given["text"]["content"].encode()) > 2048:
            self.problems.append("a customer-service message is escaped or too long")
        self.by_service += 1
        async with self.arriving:
            self.shown[given["touser"]].append(Shown(given["text"]["content"]))
        return web.json_response({"errcode": 0, "errmsg": "ok"})
