"""The robot of a WeCom group (企业微信群机器人)."""

from __future__ import annotations

from collections.abc import Callable

from faq_component.handover.adapters.notice import Notice
from faq_component.handover.adapters.robot import TIMEOUT, post
from faq_component.handover.addressees import Addressee
from faq_component.support.http_client import HttpClient

_TEXT_BYTES = 2048


def sender(addressee: Addressee) -> Callable[[Notice], None]:
    """Return what sends notices to the group."""
    client = HttpClient(str(addressee.values["url"]), TIMEOUT)

    def send(notice: Notice) -> None:
        post(client, {"msgtype": "text", "text": {"content": notice.text(_TEXT_BYTES)}}, "errcode")

    return send
