"""What each platform sends to a webhook, as its documents show, and how what it is sent reads."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode

import jwt

from tests.rasa.channels.fake_platforms import BOTFRAMEWORK_KEY, Call, FakePlatforms

# The variables of credentials.yml; all are secret in a test, so that none may be in the log.
# Each delivery of a platform has an id of its own, over the runs and the processes of the tests too: their bots know
# each other's deliveries, and two processes begin within milliseconds.
_numbers = itertools.count(secrets.randbits(50))
SECRETS = {
    "CALLBACK_TOKEN": "callback-secret",
    "SLACK_TOKEN": "xoxb-slack-secret",
    "SLACK_SIGNING_SECRET": "slack-signing-secret",
    "TELEGRAM_TOKEN": "123456:telegram-secret",
    "FACEBOOK_VERIFY": "facebook-verify-secret",
    "FACEBOOK_SECRET": "facebook-app-secret",
    "FACEBOOK_PAGE_TOKEN": "facebook-page-secret",
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
    "TWILIO_AUTH_TOKEN": "twilio-secret",
    "MATTERMOST_TOKEN": "mattermost-secret",
    "MATTERMOST_WEBHOOK_TOKEN": "mattermost-webhook-secret",
    "ROCKETCHAT_PASSWORD": "rocket-secret",
    "ROCKETCHAT_WEBHOOK_TOKEN": "rocket-webhook-secret",
    "WEBEX_TOKEN": "webex-secret",
    "WEBEX_WEBHOOK_SECRET": "webex-webhook-secret",
    "BOTFRAMEWORK_PASSWORD": "botframework-secret",
    "WECHAT_APP_SECRET": "wechat-secret",
    "WECHAT_TOKEN": "wechattoken",
    "WECHAT_AES_KEY": "w" * 43,
    "WECOM_SECRET": "wecom-secret",
    "WECOM_TOKEN": "wecomtoken",
    "WECOM_AES_KEY": "c" * 43,
    "FEISHU_APP_SECRET": "feishu-secret",
    "FEISHU_VERIFICATION_TOKEN": "feishu-verification-secret",
    "FEISHU_ENCRYPT_KEY": "feishu-encrypt-secret",
    "DINGTALK_APP_SECRET": "dingtalk-secret",
}
OTHERS = {
    "PUBLIC_URL": "https://bot.example",
    "TELEGRAM_USERNAME": "faq_bot",
    "TWILIO_NUMBER": "whatsapp:+14155238886",
    "MATTERMOST_URL": "https://chat.example",
    "ROCKETCHAT_USER": "faq",
    "ROCKETCHAT_URL": "https://rocket.example",
    "BOTFRAMEWORK_APP_ID": "app-id",
    "WECHAT_APP_ID": "wx0000000000000000",
    "WECOM_CORP_ID": "ww0000000000000000",
    "WECOM_AGENT_ID": "1000002",
    "FEISHU_APP_ID": "cli_0000000000000000",
}

Headers = dict[str, str]
Request = tuple[Headers, bytes]
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Platform:
    """A platform.

    Args:
        channel: in the webhook's path.
        place: where the bot's messages go.
        message: the request that a user's text makes.
        said: the texts of what was sent.
        offered: the titles of a clarification's buttons, and what the platform sends when one is pressed; none where
            the choices are numbered in the text.
        unsigned: the request without what proves where it comes from.
        shapes: payloads that are signed and are not what the platform sends.
    """

    channel: str
    place: str
    message: Callable[[str, FakePlatforms], Request]
    said: Callable[[Call], str]
    unsigned: Callable[[Request], Request]
    signed: Callable[[Any], Request]
    shapes: Sequence[Any]
    offered: Callable[[Call], list[tuple[str, Callable[[], Request]]]] = field(default=lambda call: [])


def _json(payload: Any, **headers: str) -> Request:
    return {**JSON, **headers}, payload if isinstance(payload, bytes) else json.dumps(payload).encode()


def _hmac(secret: str, data: bytes, digest: Any) -> str:
    return hmac.new(secret.encode(), data, digest).hexdigest()


def without(*names: str) -> Callable[[Request], Request]:
    return lambda request: ({key: value for key, value in request[0].items() if key not in names}, request[1])


def wrong_token(request: Request) -> Request:
    return request[0], json.dumps({**json.loads(request[1]), "token": "guessed"}).encode()


# https://docs.slack.dev/reference/events/message.im, https://docs.slack.dev/reference/interaction-payloads/block_actions-payload


def _slack_signed(body: bytes, media_type: str) -> Request:
    now = str(int(time.time()))
    signature = "v0=" + _hmac(SECRETS["SLACK_SIGNING_SECRET"], f"v0:{now}:".encode() + body, hashlib.sha256)
    headers = {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}
    return {"Content-Type": media_type, **headers}, body


def _slack_event(payload: Any) -> Request:
    return _slack_signed(_json(payload)[1], "application/json; charset=utf-8")


def _slack_message(text: str, _: FakePlatforms) -> Request:
    event = {
        "client_msg_id": "f0582a78-72db-4feb-b2f3-1e47d66365c8",
        "type": "message",
        "text": text,
        "user": "U0LAN0Z89",
        "ts": "1548261231.000200",
        "channel": "D024BE91L",
        "event_ts": "1548261231.000200",
        "channel_type": "im",
    }
    return _slack_event(
        {
            "token": "old-token",
            "team_id": "T061EG9R6",
            "api_app_id": "A0PNCHHK2",
            "event": event,
            "type": "event_callback",
            "authed_users": ["UBOT"],
            "event_id": f"Ev{next(_numbers)}",
            "event_time": 1355517523,
        }
    )


def _slack_press(value: str) -> Request:
    payload = {
        "type": "block_actions",
        "user": {"id": "U0LAN0Z89", "username": "li", "team_id": "T061EG9R6"},
        "api_app_id": "A0PNCHHK2",
        "container": {"type": "message", "message_ts": "1548261231.000300", "channel_id": "D024BE91L"},
        "channel": {"id": "D024BE91L", "name": "directmessage"},
        "message": {"type": "message", "ts": "1548261231.000300", "text": "您是不是想问："},
        "actions": [{"action_id": "WaXA", "block_id": "=qXel", "value": value, "type": "button", "action_ts": "1.2"}],
    }
    return _slack_signed(urlencode({"payload": json.dumps(payload)}).encode(), FORM["Content-Type"])


def _slack_offered(call: Call) -> list[tuple[str, Callable[[], Request]]]:
    _, row = call.body["blocks"]
    return [(one["text"]["text"], partial(_slack_press, one["value"])) for one in row["elements"]]


# https://core.telegram.org/bots/api#update

TELEGRAM_SECRET = _hmac(SECRETS["TELEGRAM_TOKEN"], b"telegram webhook", hashlib.sha256)
_CHAT = {"id": 42, "first_name": "Li", "type": "private"}
_FROM = {"id": 42, "is_bot": False, "first_name": "Li", "language_code": "zh"}


def telegram_update(**update: Any) -> Request:
    return _json({"update_id": next(_numbers), **update}, **{"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET})


def _telegram_message(text: str, _: FakePlatforms) -> Request:
    message = {"message_id": 1365, "from": _FROM, "chat": _CHAT, "date": 1441645532, "text": text}
    return telegram_update(message=message)


def _telegram_offered(call: Call) -> list[tuple[str, Callable[[], Request]]]:
    rows = json.loads(call.body["reply_markup"])["inline_keyboard"]
    assert all(len(row) == 1 for row in rows)

    def press(data: str) -> Request:
        message = {"message_id": 1366, "chat": _CHAT, "date": 1441645533, "text": "您是不是想问："}
        query = {"id": "4382bfdwdsb323b2d9", "from": _FROM, "message": message, "chat_instance": "1", "data": data}
        return telegram_update(callback_query=query)

    return [(row[0]["text"], partial(press, row[0]["callback_data"])) for row in rows]


# https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages


def facebook_signed(payload: Any) -> Request:
    body = _json(payload)[1]
    return {**JSON, "X-Hub-Signature-256": "sha256=" + _hmac(SECRETS["FACEBOOK_SECRET"], body, hashlib.sha256)}, body


def facebook_event(**event: Any) -> dict[str, Any]:
    return {
        "sender": {"id": "PSID1"},
        "recipient": {"id": "PAGE"},
        "timestamp": 1458692752478 + next(_numbers),
        **event,
    }


def facebook_delivery(*events: dict[str, Any]) -> Request:
    entries = [{"id": "PAGE", "time": 1458692752478, "messaging": [event]} for event in events]
    return facebook_signed({"object": "page", "entry": entries})


def _facebook_offered(call: Call) -> list[tuple[str, Callable[[], Request]]]:
    def press(reply: dict[str, str]) -> Request:
        message = {"mid": "m_2", "text": reply["title"], "quick_reply": {"payload": reply["payload"]}}
        return facebook_delivery(facebook_event(message=message))

    replies = call.body["message"]["quick_replies"]
    return [(reply["title"], partial(press, reply)) for reply in replies]


# https://www.twilio.com/docs/messaging/guides/webhook-request, https://www.twilio.com/docs/usage/security


def _twilio_signed(form: Any) -> Request:
    told = "".join(f"{key}{form[key]}" for key in sorted(form))
    data = f"{OTHERS['PUBLIC_URL']}/webhooks/twilio/webhook{told}".encode()
    signature = base64.b64encode(hmac.new(SECRETS["TWILIO_AUTH_TOKEN"].encode(), data, hashlib.sha1).digest())
    return {**FORM, "X-Twilio-Signature": signature.decode()}, urlencode(form).encode()


def _twilio_message(text: str, _: FakePlatforms) -> Request:
    return _twilio_signed(
        {
            "SmsMessageSid": (sid := f"SM{next(_numbers)}"),
            "MessageSid": sid,
            "NumMedia": "0",
            "ProfileName": "Li",
            "FromCity": "",
            "WaId": "8613800000000",
            "Body": text,
            "To": OTHERS["TWILIO_NUMBER"],
            "From": "whatsapp:+8613800000000",
            "AccountSid": SECRETS["TWILIO_ACCOUNT_SID"],
            "ApiVersion": "2010-04-01",
        }
    )


# https://developers.mattermost.com/integrate/webhooks/outgoing, .../plugins/interactive-messages


def mattermost_message(text: str, word: str = "") -> Request:
    return _json(
        {
            "token": SECRETS["MATTERMOST_WEBHOOK_TOKEN"],
            "team_id": "rdc9bgriktyx9p4kowh3dmgqyc",
            "team_domain": "shop",
            "channel_id": "xr3j5x3p4pfk7kk6ck7b4e6ghh",
            "channel_name": "help",
            "timestamp": 1548261231,
            "user_id": "c3a4cqe3dfy6dgopqt8ai3hydh",
            "user_name": "li",
            "post_id": f"axdygg1957njfe5pu{next(_numbers)}",
            "text": text,
            "trigger_word": word,
            "file_ids": "",
        }
    )


def _mattermost_offered(call: Call) -> list[tuple[str, Callable[[], Request]]]:
    def press(action: dict[str, Any]) -> Request:
        assert action["integration"]["url"] == "https://bot.example/webhooks/mattermost/webhook"
        return _json(
            {
                "user_id": "c3a4cqe3dfy6dgopqt8ai3hydh",
                "user_name": "li",
                "channel_id": "xr3j5x3p4pfk7kk6ck7b4e6ghh",
                "team_id": "rdc9bgriktyx9p4kowh3dmgqyc",
                "post_id": "gmr7zrq8ybyx5k1e4mmrxhfxyr",
                "trigger_id": f"bnFy{next(_numbers)}",
                "type": "button",
                "data_source": "",
                "context": action["integration"]["context"],
            }
        )

    actions = call.body["props"]["attachments"][0]["actions"]
    return [(action["name"], partial(press, action)) for action in actions]


# https://docs.rocket.chat/docs/integrations: outgoing webhook


def _rocketchat_message(text: str, _: FakePlatforms) -> Request:
    return _json(
        {
            "token": SECRETS["ROCKETCHAT_WEBHOOK_TOKEN"],
            "bot": False,
            "channel_id": "GENERAL",
            "channel_name": "general",
            "message_id": "k9SxJRG4Rk2dc7u2G",
            "timestamp": "2026-11-24T12:00:00.000Z",
            "user_id": "rocket.cat",
            "user_name": "li",
            "text": text,
            "siteUrl": "https://rocket.example",
        }
    )


# https://developer.webex.com/docs/api/guides/webhooks


def webex_signed(payload: Any) -> Request:
    body = _json(payload)[1]
    return {**JSON, "X-Spark-Signature": _hmac(SECRETS["WEBEX_WEBHOOK_SECRET"], body, hashlib.sha1)}, body


def _webex_message(text: str, platforms: FakePlatforms) -> Request:
    number = f"MESSAGE{len(platforms.messages)}"
    message = {"id": number, "roomId": "ROOM", "roomType": "direct", "text": text, "personId": "PERSON"}
    platforms.messages[number] = message
    data = {key: value for key, value in message.items() if key != "text"}
    return webex_signed({"id": "WEBHOOK", "name": "FAQ", "resource": "messages", "event": "created", "data": data})


# https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication


def botframework_signed(payload: Any, **claims: Any) -> Request:
    told = {"iss": "https://api.botframework.com", "aud": "app-id", "exp": time.time() + 600, **claims}
    token = jwt.encode(told, BOTFRAMEWORK_KEY, "RS256", {"kid": "key1"})
    return _json(payload, Authorization=f"Bearer {token}")


def botframework_activity(text: str) -> dict[str, Any]:
    return {
        "type": "message",
        "id": "bf3cc9a2f5de",
        "timestamp": "2026-11-24T12:00:00.000Z",
        "serviceUrl": "https://teams.example/emea/",
        "channelId": "msteams",
        "from": {"id": "29:1XJKJMvc5GBtc2JwZq0oj8tHZmzrQgFmB39ATiQWA85g", "name": "Li"},
        "conversation": {"conversationType": "personal", "id": "a:17I0kl9EkpE1O9PH5TWrzrLNwnWWcfrU7QZjKR0WSfOp"},
        "recipient": {"id": "28:c9e8c047-2a74-40a2-b28a-b162d5f5327c", "name": "FAQ"},
        "text": text,
    }


def _botframework_offered(call: Call) -> list[tuple[str, Callable[[], Request]]]:
    def press(button: dict[str, str]) -> Request:
        assert button["type"] == "messageBack"
        return botframework_signed({**botframework_activity(button["text"]), "value": button["value"]})

    buttons = call.body["attachments"][0]["content"]["buttons"]
    return [(button["title"], partial(press, button)) for button in buttons]


def _botframework_said(call: Call) -> str:
    attachments = call.body.get("attachments")
    return str(attachments[0]["content"]["text"] if attachments else call.body["text"])


_ACTIVITY = botframework_activity("晚安")

PLATFORMS = [
    Platform(
        "slack",
        "/slack.com/api/chat.postMessage",
        _slack_message,
        lambda call: call.body["text"],
        without("X-Slack-Signature"),
        _slack_event,
        [
            {},
            {"event": []},
            {"event": {"type": "message", "text": 5, "user": "U"}},
            {"event": {"type": "message", "user": []}},
        ],
        _slack_offered,
    ),
    Platform(
        "telegram",
        "/api.telegram.org/bot123456:telegram-secret/sendMessage",
        _telegram_message,
        lambda call: call.body["text"],
        without("X-Telegram-Bot-Api-Secret-Token"),
        lambda payload: _json(payload, **{"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET}),
        [{}, {"update_id": 1, "message": []}, {"update_id": 1, "message": {"text": "a"}}],
        _telegram_offered,
    ),
    Platform(
        "facebook",
        "/graph.facebook.com/v2.12/me/messages",
        lambda text, _: facebook_delivery(facebook_event(message={"mid": "m_1", "text": text})),
        lambda call: call.body.get("message", {}).get("text", ""),
        without("X-Hub-Signature-256"),
        facebook_signed,
        [{}, {"entry": 5}, {"entry": [{"messaging": [{"message": {"text": "a"}}]}]}],
        _facebook_offered,
    ),
    Platform(
        "twilio",
        "/api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json",
        _twilio_message,
        lambda call: call.body["Body"],
        without("X-Twilio-Signature"),
        _twilio_signed,
        [{"Body": "晚安"}, {"From": "whatsapp:+8613800000000", "MessageStatus": "delivered"}],
    ),
    Platform(
        "mattermost",
        "/chat.example/api/v4/posts",
        lambda text, _: mattermost_message(text),
        lambda call: call.body["message"],
        wrong_token,
        lambda payload: _json({"token": SECRETS["MATTERMOST_WEBHOOK_TOKEN"], **payload}),
        [{}, {"trigger_word": "", "text": 5}, {"trigger_word": "", "text": "a"}, {"context": 5}],
        _mattermost_offered,
    ),
    Platform(
        "rocketchat",
        "/rocket.example/api/v1/chat.postMessage",
        _rocketchat_message,
        lambda call: call.body["text"],
        wrong_token,
        lambda payload: _json({"token": SECRETS["ROCKETCHAT_WEBHOOK_TOKEN"], **payload}),
        [{"text": "a"}, {"text": 5, "channel_id": "G", "user_name": "li"}, {"visitor": {}}],
    ),
    Platform(
        "webexteams",
        "/webexapis.com/v1/messages",
        _webex_message,
        lambda call: call.body["text"],
        without("X-Spark-Signature"),
        webex_signed,
        [{}, {"data": 5}, {"data": {"id": 5}}],
    ),
    Platform(
        "botframework",
        "/teams.example/emea/v3/conversations/",
        lambda text, _: botframework_signed(botframework_activity(text)),
        _botframework_said,
        without("Authorization"),
        botframework_signed,
        [{}, {**_ACTIVITY, "from": 5}, {**_ACTIVITY, "text": {"a": 1}}, {**_ACTIVITY, "conversation": None}],
        _botframework_offered,
    ),
]
