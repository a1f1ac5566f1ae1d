"""Messages and events of WeChat and WeCom, from the fields of their XML."""

from __future__ import annotations

from collections.abc import Mapping

from faq_component.rasa.channels.incoming import Incoming, required_text

_ID_LENGTH = 2000


def incoming_of(fields: Mapping[str, str], on_subscribe: str) -> Incoming | None:
    """Return the message of a user; None for events that need no answer.

    Its text is that of the message, the key of a button, or `on_subscribe` for a new follower. Its `place` holds the
    `account` and the `user`.

    Raises:
        RefusalError: the fields for sender and receiver are missing.
    """
    sender = required_text(fields.get("FromUserName"), "FromUserName")
    account = required_text(fields.get("ToUserName"), "ToUserName")
    kind, event, key = fields.get("MsgType"), fields.get("Event", ""), fields.get("EventKey", "")
    # Events have no MsgId; WeChat and WeCom advise to identify them by user and time.
    event_id = f"{fields.get('CreateTime', '')} {event} {key} {fields.get('TaskId', '')}"
    message_id = required_text(fields.get("MsgId") or event_id, "MsgId", _ID_LENGTH)
    said: str | None = None
    if kind == "text":
        said = fields.get("Content", "").strip()
    elif kind == "voice":
        said = fields.get("Recognition") or None
    elif kind == "event":
        said = {"subscribe": on_subscribe, "click": key, "template_card_event": key}.get(event.lower(), "")
    return None if said == "" else Incoming(message_id, sender, said, {"account": account, "user": sender})
