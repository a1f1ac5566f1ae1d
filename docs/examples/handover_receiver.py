"""A receiver of handovers: checks the signature, prints what users say, and sends what is typed as the answer.

    HANDOVER_SECRET=... FAQ_INBOX_TOKEN=... python handover_receiver.py --rasa http://127.0.0.1:5005

It needs nothing but Python. In `handover.yml`, `webhook` has the address that it prints, and the same secret. A line
typed here answers the user who wrote last; the line ``/end`` hands the conversation back to the bot.
"""

import argparse
import hashlib
import hmac
import json
import os
import sys
import threading
import time
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["HANDOVER_SECRET"].encode()
TOKEN = os.environ["FAQ_INBOX_TOKEN"]
OLDEST = 300  # seconds
seen = set()  # ids of notices: one that is sent again has the same
last = {"handover": None}


class Receiver(BaseHTTPRequestHandler):
    """Takes notices."""

    def do_POST(self):
        """Check a notice and print it; the status tells the bot whether to send it again."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        moment = self.headers.get("X-Faq-Timestamp", "")
        expected = "sha256=" + hmac.new(SECRET, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, self.headers.get("X-Faq-Signature", "")):
            self.answer(401)
        elif abs(time.time() - int(moment)) > OLDEST:
            self.answer(403)
        else:
            self.answer(204)
            show(json.loads(body))

    def answer(self, status):
        """Answer with a status alone."""
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        """Log nothing."""


def show(notice):
    """Print a notice, once."""
    if notice["id"] in seen:
        return
    seen.add(notice["id"])
    handover = notice["handover"]
    last["handover"] = handover["id"]
    print(f"[{handover['id'][:6]}] {notice['event']} ({handover['channel']}, {handover['reason']})", flush=True)
    for message in notice["messages"]:
        print(f"    {message['author']}: {message['text']}", flush=True)


def send(rasa, path, body):
    """Ask the API of the inbox."""
    request = urllib.request.Request(
        f"{rasa}/inbox/api/handovers/{last['handover']}/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=30):
        pass


def main():
    """Take notices, and answers from the keyboard."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rasa", default="http://127.0.0.1:5005")
    parser.add_argument("--port", type=int, default=8080)
    given = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", given.port), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    for line in sys.stdin:
        text = line.strip()
        if text == "/end":
            send(given.rasa, "end", {})
        elif text and last["handover"]:
            # The key makes a repetition harmless: the user gets each key once.
            send(given.rasa, "messages", {"text": text, "person": "Lin", "key": uuid.uuid4().hex})


if __name__ == "__main__":
    main()
