"""A peer: FastAPI with an ``lru_cache``, for uvicorn."""

from functools import lru_cache
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.peers.search import make_answer

app = FastAPI()
_answer = lru_cache(maxsize=10_000)(make_answer())


class Question(BaseModel):
    """Body of a request."""

    text: str


@app.post("/v1/answer")
def answer(question: Question) -> dict[str, Any]:
    """Answer the question; FastAPI runs a plain function in a thread."""
    return _answer(question.text)
