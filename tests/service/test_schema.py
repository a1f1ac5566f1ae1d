"""Schemathesis: requests made from the OpenAPI description, against the application and its description."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT
from tests.service.faqs import TOKEN, settings_in
from tests.service.processes import Serving

_EXAMPLES = 25


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    with Serving(tmp_path, vars(settings_in(tmp_path)), FAQ_SERVE_WORKERS="1") as serving:
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{serving.url}/openapi.json"]
        options = ["--checks", "all", "--max-examples", str(_EXAMPLES), "--seed", "1", "--no-color"]
        header = ["--header", f"Authorization: Bearer {TOKEN}"]
        done = subprocess.run(
            [*command, *options, *header],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
