"""A peer: Flask, for gunicorn with gevent workers."""

from typing import Any

from flask import Flask, request

from benchmarks.peers.search import make_answer

app = Flask(__name__)
_answer = make_answer()


@app.post("/v1/answer")
def answer() -> dict[str, Any]:
    """Answer the question in `text` of the body."""
    return _answer(request.get_json()["text"])
