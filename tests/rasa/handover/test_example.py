"""The example receiver of the guide, run as its first lines say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from faq_component.handover.addressees import Addressee
from faq_component.handover.jobs import Jobs
from faq_component.handover.sending import Sender
from faq_component.handover.settings import HandoverSettings
from faq_component.handover.store import HandoverStore
from faq_component.handover.types import Author, Reason
from tests.handover.adapters.receivers import http_receiver
from tests.servers import ROOT


def test_it_prints_what_is_said_and_sends_what_is_typed(tmp_path: Path) -> None:
    store = HandoverStore(tmp_path / "handovers.sqlite", ["webhook"])
    number = store.open("c", "socketio", Reason.ASKED, before=[(Author.USER, "转人工", 1.0)]).id
    job = Jobs(store.file).claim(of_user=False)
    assert job
    with http_receiver() as rasa:
        address = f"http://127.0.0.1:{rasa.port}"
        command = [sys.executable, str(ROOT / "docs/examples/handover_receiver.py"), "--port", "0", "--rasa", address]
        environment = {
            **os.environ,
            "HANDOVER_SECRET": "s3cret",
            "FAQ_INBOX_TOKEN": "t0ken",
            "PYTHONIOENCODING": "utf-8",
        }
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", env=environment
        ) as process:
            assert process.stdin
            assert process.stdout
            url = process.stdout.readline().split()[-1]
            settings = HandoverSettings(addressees=(Addressee("webhook", {"url": url, "secret": "s3cret"}),))
            Sender(settings, store).send(job)
            Sender(settings, store).send(job)  # again, and printed once
            shown = [process.stdout.readline().strip() for _line in range(2)]
            process.stdin.write("您好\n/end\n")
            process.stdin.close()
            rasa.wait(2)
            assert process.stdout.read() == ""
    assert shown == [f"[{number[:6]}] handover.opened (socketio, asked)", "user: 转人工"]
    said, ended = rasa.wait(2)
    assert (said["text"], ended) == ("您好", {})
    assert rasa.requests[0][0]["Authorization"] == "Bearer t0ken"
