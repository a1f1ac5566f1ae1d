"""Channels of the bot: Rasa's own connectors, guarded and mended, as `docs/channels/` describes them, and WeChat's."""

from faq_component.channels.wechat import WeChat

__all__ = ["WeChat"]
