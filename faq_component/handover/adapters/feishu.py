"""The robot of a Feishu group (飞书自定义机器人), with or without a signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

from faq_component.handover.adapters.notice import Notice
from faq_component.handover.adapters.robot import TIMEOUT, post
from faq_component.handover.addressees import Addressee
from faq_component.support.http_client import HttpClient

_TEXT_BYTES = 15_000
# What Feishu takes in a text for tags, such as the one that calls everybody, and for links: written by users, too.
_MARKS = str.maketrans("<[", "＜［")


def sender(addressee: Addressee) -> Callable[[Notice], None]:
    """Return what sends notices to the group."""
    client = HttpClient(str(addressee.values["url"]), TIMEOUT)
    secret = str(addressee.values.get("secret") or "")

    def send(notice: Notice) -> None:
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": notice.text(_TEXT_BYTES).translate(_MARKS)}}
        if secret:
            moment = str(int(time.time()))
            body = {"timestamp": moment, "sign": sign(secret, moment), **body}
        post(client, body, "code")

    return send


def sign(secret: str, timestamp: str) -> str:
    """Return Feishu's signature: HMAC-SHA256 of nothing, keyed with the timestamp, a line end and the secret."""
    digest = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
