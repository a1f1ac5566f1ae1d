"""The studio over a large FAQ: processor time of its pages, and the memory of the process.

`python -m benchmarks.studio` makes an FAQ of 1,500 topics and 20,000 phrasings from the words of the demo FAQ, opens
the studio's pages over it, and prints the median of each, in milliseconds of processor time, so that other programs on
the machine do not count.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.machine import machine
from faq_component.knowledge.checking import load_faq
from faq_component.settings import Settings
from faq_component.studio.access import Role
from faq_component.studio.access.accounts import Accounts
from faq_component.studio.access.doors import Access
from faq_component.studio.access.listening import Listening
from faq_component.studio.access.sessions import Session
from faq_component.studio.app import create_app
from faq_component.studio.workbench import Workbench
from faq_component.support.memory import share_memory

_HOST = "http://127.0.0.1:8090"
_TIMES = 15


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--topics", type=int, default=1_500)
    parser.add_argument("--posts", type=int, default=20_000)
    arguments = parser.parse_args()
    print(machine("flask", "faiss-cpu"))
    share_memory()  # as "faq studio" does
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = folder / "faq.json"
        place.write_text(json.dumps(made(arguments.topics, arguments.posts), ensure_ascii=False), "utf-8")
        settings = Settings(faq=str(place), cache_dir=str(folder / "cache"), log=str(folder / "usage.sqlite"))
        with Workbench(settings) as workbench:
            measure(workbench, arguments.topics)
            held = int(Path("/proc/self/statm").read_text("utf-8").split()[1]) * resource.getpagesize()
            print(f"memory {held / 2**20:.0f} MiB")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"memory at most {most / 1024:.0f} MiB, while the classifier of the FAQ was fitted among others")


def made(topics: int, posts: int) -> dict[str, dict[str, object]]:
    """Make an FAQ from the phrasings of the demo FAQ, each with a number of a device, so that all differ."""
    source = [post for topic in load_faq("data/faq").topics for post in topic.posts]
    draw = random.Random(0)
    each = -(-posts // topics)
    return {
        f"设备{number}的问题": {
            "id": f"t{number}",
            "post": [f"设备{number}{post}" for post in draw.sample(source, each)],
            "resp": [f"请看设备{number}的说明书。"],
            "tags": [f"类别{number % 30}"],
        }
        for number in range(topics)
    }


def measure(workbench: Workbench, topics: int) -> None:
    """Print the median processor time of each page."""
    accounts = Accounts(Path(workbench.settings.cache_dir) / "accounts.sqlite")
    access = Access(Listening(8090), accounts, "benchmark")
    client = create_app(workbench, access).test_client()
    session = access.sessions.begin(Session("benchmark", Role.ADMINISTRATOR))
    client.set_cookie("faq_studio_8090", session, domain="127.0.0.1")
    csrf = client.get("/topics", base_url=_HOST).text.split('"X-CSRF-Token": "')[1].split('"')[0]
    draw = random.Random(1)

    def number() -> int:
        return draw.randrange(topics)

    def get(place: Callable[[], str]) -> Callable[[], int]:
        return lambda: client.get(place(), base_url=_HOST, headers={"HX-Request": "true"}).status_code

    def ask() -> int:
        data = {"text": f"设备{number()}怎么退货"}
        return client.post("/try", base_url=_HOST, data=data, headers={"X-CSRF-Token": csrf}).status_code

    pages = {
        "list of topics": lambda: client.get("/topics", base_url=_HOST).status_code,
        "search by words": get(lambda: f"/topics?q=设备{number()}"),
        "search by meaning": get(lambda: f"/topics?by=meaning&q=设备{number()}怎么退货"),
        "list by tag, most asked": get(lambda: f"/topics?tag=类别{number() % 30}&state=on"),
        "a topic": lambda: client.get(f"/topics/t{number()}", base_url=_HOST).status_code,
        "a message tried": ask,
    }
    for name, page in pages.items():
        page()
        spent = []
        for _ in range(_TIMES):
            begun = time.process_time()
            status = page()
            spent.append(time.process_time() - begun)
            if status != 200:
                raise SystemExit(f"{name}: status {status}")
        print(f"{name}: median {statistics.median(spent) * 1000:.0f} ms, at most {max(spent) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
