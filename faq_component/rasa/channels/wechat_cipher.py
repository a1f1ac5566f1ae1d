"""Signatures and encryption of WeChat and WeCom, with wechatpy."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from sanic.request import Request

from faq_component.rasa.channels.incoming import check_time, required_text
from faq_component.rasa.channels.webhook import RefusalError, require_secret

XML_TYPES = ("text/xml", "application/xml")


class WeChatCipher:
    """Checks signatures, and decrypts and encrypts messages.

    Args:
        token: key of the signatures.
        aes_key: the EncodingAESKey, 43 characters; empty if messages are not encrypted.
        receiver: AppID or CorpID to which an encrypted message must be addressed.
    """

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        self._token = token
        self._receiver = receiver
        self._cipher: Any = None
        if aes_key:
            from wechatpy.crypto import PrpCrypto

            self._cipher = PrpCrypto(base64.b64decode(aes_key + "="))

    def check(self, request: Request, max_age: float, *, encrypted: str | None = None) -> str:
        """Check the signature in a request's query, which covers `encrypted` if given, and its timestamp.

        Returns:
            The signature.

        Raises:
            RefusalError: it is wrong or old.
        """
        name = "signature" if encrypted is None else "msg_signature"
        parts = [required_text(request.args.get(part), part) for part in ("timestamp", "nonce")]
        given = required_text(request.args.get(name), name)
        require_secret(given, self._sign(*parts, *([] if encrypted is None else [encrypted])), "the signature")
        check_time(parts[0], max_age)
        return given

    def decrypt(self, encrypted: str) -> str:
        """Decrypt a message.

        Raises:
            RefusalError: it was encrypted with another key, for another receiver, or not at all.
        """
        try:
            text: str = self._cipher.decrypt(encrypted, self._receiver)
        except Exception as error:
            raise RefusalError(403, "the message cannot be decrypted, or is for another receiver") from error
        return text

    def encrypt(self, xml: str) -> str:
        """Encrypt a message; return XML with its signature."""
        encrypted = self._cipher.encrypt(xml, self._receiver).decode()
        now, nonce = str(int(time.time())), secrets.token_hex(8)
        signature = self._sign(now, nonce, encrypted)
        return xml_of({"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": now, "Nonce": nonce})

    def _sign(self, *parts: str) -> str:
        from wechatpy.utils import WeChatSigner

        signer = WeChatSigner()
        signer.add_data(self._token, *parts)
        signature: str = signer.signature
        return signature


def xml_of(fields: Mapping[str, str]) -> str:
    """Return the fields as escaped XML; in wechatpy's replies a text could end the CDATA section."""
    root = Element("xml")
    for name, text in fields.items():
        SubElement(root, name).text = "".join(char for char in text if char >= " " or char in "\t\n")
    return tostring(root, encoding="unicode")
