"""The service and the bot against their peers: same questions, same model, alternating rounds in one run.

    python -m benchmarks.service encoder
    python -m benchmarks.service http --posts 20000 --data ../shared/data --peers flask fastapi onnx onnx-dense
    python -m benchmarks.service rasa --peers echo diet
    python -m benchmarks.service rasa --peers ../before

`encoder`: milliseconds for one text of 16 tokens on one thread: ours (int8, ONNX Runtime), PyTorch fp32.
`http`: answers a second for eight clients; caches are off, or useless since all questions are distinct. `faq serve`;
the two servers of the write-up "FAQ: semantic recall based on BERT", `flask` (sentence-transformers in PyTorch fp32,
numpy cosine, gunicorn with gevent) and `fastapi` (the same under uvicorn with `lru_cache`); `onnx`
(sentence-transformers' ONNX int8, faiss and rank-bm25, Flask) and `onnx-dense` (without rank-bm25). Each has two
processes of one thread, and refuses no client.
`rasa`: one user over REST. Our bot; `echo`, a Rasa that only calls an action which echoes; `echo-mended`, the same with
our tracker store and our check of what actions return, so that its difference to ours is retrieval; and `diet`, with
DIET and ResponseSelector trained on the same FAQ (minutes, once, kept in .faq/peers).

A peer of `http` or `rasa` may be the path of another checkout of this repository, whose service or bot is measured: the
gain or cost of a change.

Each prints the median over rounds with a 95% bootstrap interval, and the median of the ratio to ours in each round.
docs/results/load.md shows how to install the peers' packages.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.load.generator import closed_loop
from benchmarks.load.questions import endless, prepare
from benchmarks.load.targets import Target, message_body, question_body, started
from benchmarks.machine import machine
from benchmarks.peers.checkout import CheckoutBot, checkout_service, is_checkout
from faq_component.rasa.process.launch import HOST
from tests.servers import ROOT, Bot, free_port
from tests.service.processes import send

_PEERS = Path(".faq/peers")
_MODEL = _PEERS / "model"
_CLIENTS, _TOKENS, _CALLS = 8, 16, 200
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("encoder", "http", "rasa"))
    parser.add_argument("--peers", nargs="*", help="peers to measure; all by default")
    parser.add_argument("--posts", type=int, default=0, help="posts of a large FAQ (http); 0 takes the demo FAQ")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=5, help="seconds of each peer in each round (http)")
    parser.add_argument("--messages", type=int, default=50, help="messages of each peer in each round (rasa)")
    arguments = parser.parse_args()
    print(machine("torch", "sentence-transformers", "faiss-cpu", "flask", "gunicorn", "gevent", "rasa"))
    if not _MODEL.exists():
        from benchmarks.peers.model import write_float

        write_float(_MODEL)
    {"encoder": encoder, "http": http, "rasa": rasa}[arguments.what](arguments)


def encoder(arguments: argparse.Namespace) -> None:
    """Measure one text on one thread."""
    os.environ.update(_ONE_THREAD)
    import torch
    from sentence_transformers import SentenceTransformer

    from faq_component.encoders import OnnxEncoder

    ours = OnnxEncoder("models/encoder", threads=1)
    torch.set_num_threads(1)
    transformer = SentenceTransformer(str(_MODEL), device="cpu").float()
    long = "请问我上个星期在你们店里买的那件蓝色外套什么时候能够发货啊"
    text = next(long[:end] for end in range(len(long)) if len(ours._tokenizer.encode(long[:end]).ids) == _TOKENS)
    tokens = _TOKENS
    inputs = {"input_ids": torch.ones((1, tokens), dtype=torch.long), "attention_mask": torch.ones((1, tokens)).long()}
    bert = transformer[0].auto_model

    def forward() -> None:
        with torch.inference_mode():
            bert(**inputs)

    print(f"a text of {tokens} tokens, one thread, {_CALLS} calls a round")
    table: dict[str, Callable[[], object]] = {
        "ours, text to vector": lambda: ours.encode([text]),
        "sentence-transformers fp32, text to vector": lambda: transformer.encode([text], show_progress_bar=False),
        "PyTorch fp32, the model alone": forward,
    }
    show("ms", rounds({name: partial(_milliseconds, call) for name, call in table.items()}, arguments.rounds))


def http(arguments: argparse.Namespace) -> None:
    """Measure answers a second."""
    faq, listed = prepare(Path(".faq"), arguments.posts, arguments.data)
    questions = endless(listed, cached=False)
    peers = arguments.peers if arguments.peers is not None else ["flask", "fastapi", "onnx", "onnx-dense"]
    with ExitStack() as stack:
        cores = os.sched_getaffinity(0)
        targets = {
            "ours": stack.enter_context(
                started("service", faq, cached=False, cores=cores, service={"max_waiting": "64"})
            )
        }
        for peer in peers:
            targets[peer] = stack.enter_context(_other(peer, faq) if is_checkout(peer) else started_peer(peer, faq))
        for target in targets.values():
            closed_loop(target.url, target.body, questions, _CLIENTS, 2)

        def measure(target: Target) -> Callable[[], float]:
            def served() -> float:
                load = closed_loop(target.url, target.body, questions, _CLIENTS, arguments.seconds)
                if load.refused:
                    print(f"{target.url}: {load.refused} requests were not answered ({load.statuses})")
                return load.served

            return served

        print(f"{faq}, {_CLIENTS} clients on the same cores, {arguments.seconds:g} s a round")
        show("answers/s", rounds({name: measure(target) for name, target in targets.items()}, arguments.rounds))


def rasa(arguments: argparse.Namespace) -> None:
    """Measure messages of one user."""
    from benchmarks.peers.rasa_bots import diet_checkout, echo_checkout
    from faq_component.rasa.process.trained_model import is_current, train_model

    if not is_current():
        train_model()
    peers = arguments.peers if arguments.peers is not None else ["echo", "echo-mended", "diet"]
    make: dict[str, Callable[[Path], Path]]
    make = {"echo": echo_checkout, "echo-mended": partial(echo_checkout, mended=True), "diet": diet_checkout}
    checkouts = {"ours": ROOT, **{name: Path(name) if is_checkout(name) else make[name](_PEERS) for name in peers}}
    _, listed = prepare(Path(".faq"), 0, arguments.data)
    questions = endless(listed, cached=False)
    with ExitStack() as stack:
        bots: dict[str, Bot] = {}
        for name, checkout in checkouts.items():
            folder = _PEERS / f"run-{Path(name).name}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            folder = folder.resolve()
            if is_checkout(name):
                bots[name] = stack.enter_context(CheckoutBot(folder, checkout.resolve(), FAQ_LOG="none"))
                continue
            endpoints = None if name == "ours" else _endpoints(folder, mended=name == "echo-mended")
            bots[name] = stack.enter_context(Bot(folder, checkout.resolve(), endpoints=endpoints, FAQ_LOG="none"))

        def measure(bot: Bot) -> Callable[[], float]:
            target = Target(f"http://{HOST}:{bot.port}/webhooks/rest/webhook", message_body)

            def milliseconds() -> float:
                times = []
                for _ in range(arguments.messages):
                    begun = time.perf_counter()
                    send(bot.port, "POST", "/webhooks/rest/webhook", target.body(next(questions)))
                    times.append(1000 * (time.perf_counter() - begun))
                return statistics.median(times)

            return milliseconds

        show("ms a message", rounds({name: measure(bot) for name, bot in bots.items()}, arguments.rounds))


def _endpoints(folder: Path, mended: bool) -> Path:
    """Write endpoints with Rasa's own tracker store on SQLite, or with ours."""
    file = folder / "endpoints.yml"
    kind = {"type": "faq_component.rasa.SqliteConversations"} if mended else {"type": "SQL", "dialect": "sqlite"}
    actions = {"url": "${ACTIONS_URL}", "enable_selective_domain": mended}
    store = {**kind, "db": str(folder / "conversations.sqlite")}
    file.write_text(json.dumps({"action_endpoint": actions, "tracker_store": store}), "utf-8")
    return file


def rounds(measures: dict[str, Callable[[], float]], count: int) -> dict[str, list[float]]:
    """Run the measures in turn for a number of rounds, in another order each round."""
    figures: dict[str, list[float]] = {name: [] for name in measures}
    draw = random.Random(0)
    for _ in range(count):
        for name in draw.sample(list(measures), len(measures)):
            figures[name].append(measures[name]())
    return figures


def show(unit: str, figures: dict[str, list[float]]) -> None:
    """Print the table; the others are compared with the first."""
    first = next(iter(figures.values()))
    print(f"| | {unit}, median [95%] | median of the ratio to the first [95%] |\n| --- | --- | --- |")
    for name, values in figures.items():
        ratios = [value / other for value, other in zip(values, first, strict=True)]
        print(f"| {name} | {interval(values)} | {interval(ratios)} |")


def interval(values: Sequence[float]) -> str:
    """Format the median of values with a 95% bootstrap interval."""
    draws = np.random.default_rng(0).choice(values, (2_000, len(values)))
    low, high = np.percentile(np.median(draws, axis=1), [2.5, 97.5])
    return f"{np.median(values):.3g} [{low:.3g}, {high:.3g}]"


def _milliseconds(call: Callable[[], object]) -> float:
    times = []
    for _ in range(_CALLS):
        begun = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


@contextmanager
def _other(checkout: str, faq: str) -> Iterator[Target]:
    """Start the service of another checkout, with two processes of one thread each, as ours."""
    folder = _PEERS / f"run-{Path(checkout).name}"
    folder.mkdir(parents=True, exist_ok=True)
    with checkout_service(folder.resolve(), Path(checkout).resolve(), faq, {"max_waiting": "64"}) as port:
        yield Target(f"http://{HOST}:{port}/v1/answer", question_body)


@contextmanager
def started_peer(peer: str, faq: str) -> Iterator[Target]:
    """Start the two processes of a peer."""
    port = free_port()
    packages = {"fastapi": "fastapi", "flask": None}.get(peer, "onnx")
    path = [str(ROOT), *([str((_PEERS / packages).resolve())] if packages else [])]
    if packages and not (_PEERS / packages).is_dir():
        raise SystemExit(f"{_PEERS / packages} is missing: docs/results/load.md says how to install it")
    if packages == "onnx" and not (_MODEL / "onnx/model_qint8.onnx").exists():
        raise SystemExit(f"{_MODEL} has no int8 model: docs/results/load.md says how to export it")
    settings = {"PEER_KIND": "torch" if peer in ("flask", "fastapi") else peer, "PEER_FAQ": faq}
    environment = {
        **os.environ,
        **_ONE_THREAD,
        **settings,
        "PEER_MODEL": str(_MODEL),
        "TOKENIZERS_PARALLELISM": "false",
    }
    environment["PYTHONPATH"] = os.pathsep.join(reversed(path))
    if peer == "fastapi":
        command = ["-m", "uvicorn", "benchmarks.peers.fastapi_app:app", "--workers", "2", "--log-level", "warning"]
        command += ["--port", str(port)]
    else:
        command = ["-m", "gunicorn", "benchmarks.peers.flask_app:app", "--workers", "2", "--worker-class", "gevent"]
        command += ["--bind", f"{HOST}:{port}", "--timeout", "600", "--log-level", "warning"]
    # Run once, so that the two processes find the vectors of the posts cached.
    once = "from benchmarks.peers.search import make_answer as m; m()('运费')"
    subprocess.run([sys.executable, "-c", once], env=environment, check=True)
    process = subprocess.Popen([sys.executable, *command], env=environment)
    try:
        _wait(port, process)
        yield Target(f"http://{HOST}:{port}/v1/answer", question_body)
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        try:
            reply = send(port, "POST", "/v1/answer", {"text": "运费怎么算"})
        except OSError:
            time.sleep(0.5)
            continue
        if reply.status != 200:
            raise SystemExit(f"the peer answers with status {reply.status}: {json.dumps(reply.body.decode()[:200])}")
        return
    raise SystemExit("the peer did not start")


if __name__ == "__main__":
    main()
