"""A site of somebody else, whose pages run the chat's script under a strict content security policy."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from typing_extensions import Self

from faq_component.rasa.process.launch import HOST

_PAGE = """<!doctype html>
<html lang="zh">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>店铺</title>
<script src="{bot}/chat/faq-chat.js" defer {attributes}></script></head>
<body><main><h1>店铺</h1><p><button type="button">加入购物车</button></p></main></body>
</html>"""


class Site:
    """Pages on every path, at ``http://localhost:<port>``: another site than the bot's.

    Args:
        bot: address of the bot.
        port: of this site; 0 takes a free one.
    """

    def __init__(self, bot: str, port: int = 0) -> None:
        site = self
        self.attributes = ""
        self._bot = bot
        # Nothing but what the guide names; without `style-src`, no inline style works, and no markup is parsed.
        self._policy = f"default-src 'none'; script-src {bot}; frame-src {bot}; require-trusted-types-for 'script'"

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = _PAGE.format(bot=site._bot, attributes=site.attributes).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", site._policy)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer((HOST, port), Handler)
        self.address = f"http://localhost:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
