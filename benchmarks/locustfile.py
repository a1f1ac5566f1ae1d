"""Users that ask, and wait 2 to 5 seconds before the next question.

However fast the answers are, a hundred such users send at most 100 / 3.5 = 28.6 requests a second, and a thousand 286:
the throughput of such a run reflects how long the users wait, not the capacity of the service, which
`benchmarks.open_loop` measures. Questions are distinct. docs/results/load.md shows how to run it.

Environment: LOAD_QUESTIONS, a file with one question per line (`python -m benchmarks.load.questions`); LOAD_PATH, the
address: /v1/answer, or /webhooks/rest/webhook for Rasa; LOAD_CACHED=1 repeats a hundred questions.
"""

import itertools
import os
import random
import resource
import uuid
from pathlib import Path

from locust import HttpUser, between, events, task
from locust.env import Environment

PATH = os.environ.get("LOAD_PATH", "/v1/answer")
_lines = Path(os.environ["LOAD_QUESTIONS"]).read_text("utf-8").splitlines()
random.Random(0).shuffle(_lines)
_questions = itertools.cycle(_lines[:100] if os.environ.get("LOAD_CACHED") else _lines)


class Asker(HttpUser):
    """A user with a conversation of its own."""

    wait_time = between(2, 5)

    def on_start(self) -> None:
        """Begin a conversation."""
        self.sender = uuid.uuid4().hex

    @task
    def ask(self) -> None:
        """Ask the next question."""
        text = next(_questions)
        body = {"sender": self.sender, "message": text} if "webhook" in PATH else {"text": text}
        with self.client.post(PATH, json=body, catch_response=True) as response:
            if response.status_code == 200 and response.json() in ([], None):
                response.failure("no answer")


@events.quitting.add_listener
def say_cpu(environment: Environment, **_others: object) -> None:
    """Print the CPU time of the generator, which may have slowed down what it measures."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = environment.stats.last_request_timestamp - environment.stats.start_time
    print(f"generator: {(used.ru_utime + used.ru_stime) / max(seconds, 1):.2f} cores over {seconds:.0f} s")
