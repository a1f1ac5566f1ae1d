"""Memory of the Rasa process, and the time of a message through Rasa and the action server.

`python -m benchmarks.process` starts both servers on free ports, sends 200 held-out questions over REST, and
prints the machine, the versions, the resident memory, and the median and 95th percentile of a round trip.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.machine import machine
from faq_component.evaluation import load_queries
from faq_component.knowledge.checking import load_faq
from tests.servers import Bot, new_sender

MESSAGES = 200


def main() -> None:
    """Measure and print."""
    faq = load_faq("data/faq")
    queries = load_queries("data/held_out.json", faq)[:MESSAGES]
    with tempfile.TemporaryDirectory() as folder, Bot(Path(folder)) as bot:
        bot.say("你好", new_sender())
        milliseconds = []
        for query in queries:
            start = time.perf_counter()
            bot.say(query.text, new_sender())
            milliseconds.append(1000 * (time.perf_counter() - start))
        memory = bot.memory()
    print(machine("rasa", "faiss-cpu", "tensorflow"))
    print(f"Rasa process: {memory / 2**20:.0f} MiB resident after {len(queries)} messages")
    percentile = statistics.quantiles(milliseconds, n=20)[-1]
    print(f"round trip over REST: median {statistics.median(milliseconds):.0f} ms, 95% within {percentile:.0f} ms")


if __name__ == "__main__":
    main()
