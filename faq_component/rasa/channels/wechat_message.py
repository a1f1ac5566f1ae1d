"""The messages and events of WeChat and WeCom, as the fields of their XML."""

from __future__ import annotations

from collections.abc import Mapping

from faq_component.rasa.channels.incoming import Incoming, required_text

_ID_LENGTH = 2000


def incoming_of(fields: Mapping[str, str], on_subscribe: str) -> Incoming | None:
    """The text of a message, the key of a button, or what a new follower means; None for what needs no answer.

    Its `place` has the `account` and the `user`.

    Raises:
        RefusalError: the fields that say from whom and to whom it is are missing.
    """
    sender = required_text(fields.get("FromUserName"), "FromUserName")
    account = required_text(fields.get("ToUserName"), "ToUserName")
    kind, event, key = fields.get("MsgType"), fields.get("Event", ""), fields.get("EventKey", "")
    # Events have no MsgId; WeChat and WeCom advise to know them by user and time.
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
