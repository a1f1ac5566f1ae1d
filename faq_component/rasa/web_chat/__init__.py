"""The web chat: Rasa's SocketIO channel and the page that talks to it, named in ``credentials.yml``."""

from faq_component.rasa.web_chat.channel import WebChat

__all__ = ["WebChat"]
