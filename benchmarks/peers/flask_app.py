"""The write-up's first arrangement: Flask, for gunicorn with gevent workers."""

from typing import Any

from flask import Flask, request

from benchmarks.peers.search import make_answer

app = Flask(__name__)
_answer = make_answer()


@app.post("/v1/answer")
def answer() -> dict[str, Any]:
    """Answer the question that is the body's `text`."""
    return _answer(request.get_json()["text"])
