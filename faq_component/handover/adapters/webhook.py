"""The webhook: JSON with a signature, for a program of one's own or a ticket system (docs/guides/handover.md)."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable

from faq_component.handover.adapters.notice import AdapterError, Notice
from faq_component.handover.addressees import Addressee
from faq_component.language import _
from faq_component.support.http_client import HttpClient, HttpError

TIMESTAMP, SIGNATURE = "X-Faq-Timestamp", "X-Faq-Signature"
_TIMEOUT = 10.0  # seconds
_MOST_BYTES = 1 << 16  # of an answer, of which only the status counts


def sender(addressee: Addressee) -> Callable[[Notice], None]:
    """Return what sends notices to the address; any status from 200 to 299 is its receipt."""
    client = HttpClient(str(addressee.values["url"]), _TIMEOUT, most_bytes=_MOST_BYTES)
    secret = str(addressee.values["secret"])

    def send(notice: Notice) -> None:
        body = body_of(notice)
        moment = str(int(time.time()))
        headers = {TIMESTAMP: moment, SIGNATURE: sign(secret, moment, body)}
        try:
            answer = client.post("", body, headers)
        except HttpError as error:
            raise AdapterError(_("the receiver {reason}").format(reason=error)) from error
        if not 200 <= answer.status < 300:
            raise AdapterError(_("the receiver answered {status}").format(status=answer.status))

    return send


def body_of(notice: Notice) -> bytes:
    """Return the JSON of a notice."""
    content = {
        "id": notice.id,
        "event": f"handover.{notice.job.kind}",
        "handover": notice.handover.to_json(),
        "messages": list(notice.messages),
        "inbox": notice.link,
    }
    return json.dumps(content, ensure_ascii=False).encode()


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature: HMAC-SHA256, keyed with the secret, over the timestamp, a full stop and the body."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"sha256={digest}"
