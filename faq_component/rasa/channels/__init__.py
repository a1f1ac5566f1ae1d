"""Channels of the bot: Rasa's connectors with checks and fixes, and connectors for Chinese messengers.

`docs/channels/` describes each.
"""

from faq_component.rasa.channels.dingtalk import DingTalk
from faq_component.rasa.channels.feishu import Feishu
from faq_component.rasa.channels.wechat import WeChat
from faq_component.rasa.channels.wecom import WeCom

__all__ = ["DingTalk", "Feishu", "WeChat", "WeCom"]
