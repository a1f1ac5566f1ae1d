"""The web chat: a page and a subclass of Rasa's SocketIO channel, for ``credentials.yml``."""

from faq_component.rasa.web_chat.channel import WebChat

__all__ = ["WebChat"]
