"""E-mail over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from faq_component.handover.adapters.notice import AdapterError, Notice
from faq_component.handover.addressees import Addressee
from faq_component.language import _

_TIMEOUT = 10.0  # seconds
_PORT = 587
_TEXT_BYTES = 100_000


def sender(addressee: Addressee) -> Callable[[Notice], None]:
    """Return what sends notices to the addresses."""
    values = addressee.values
    to = values["to"] if isinstance(values["to"], list) else [values["to"]]

    def send(notice: Notice) -> None:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = notice.title(), str(values["from"]), ", ".join(to)
        # The same at every try, so that a mailbox shows it once.
        message["Message-ID"] = f"<{notice.id}@handover.rasa-faq>"
        message.set_content(notice.text(_TEXT_BYTES))
        try:
            _send(message, values)
        except (OSError, smtplib.SMTPException) as error:
            reason = f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()
            raise AdapterError(_("the mail server failed ({reason})").format(reason=reason)) from error

    return send


def _send(message: EmailMessage, values: Any) -> None:
    host, port, security = str(values["host"]), int(values.get("port", _PORT)), values.get("security", "starttls")
    context = ssl.create_default_context()
    if security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=_TIMEOUT)
    with server:
        if security == "starttls":
            server.starttls(context=context)
        if values.get("user"):
            server.login(str(values["user"]), str(values.get("password") or ""))
        server.send_message(message)
