"""A real PostgreSQL for tests: a cluster of its own in a temporary folder, on a free port of this machine."""

from __future__ import annotations

import contextlib
import glob
import itertools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from faq_component.rasa.process.launch import HOST
from tests.servers import free_port

USER = "faq"
_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/usr/local/bin")  # Debian's is not in PATH


def postgres_programs() -> Path | None:
    """The folder of the programs `initdb` and `postgres`; the newest where there are several."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    for pattern in _FOLDERS:
        numbered = sorted(glob.glob(pattern), key=lambda path: [int(n) for n in path.split("/") if n.isdigit()])  # noqa: PTH207
        folders += map(Path, reversed(numbered))
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


class Postgres:
    """A server that asks for passwords as a real one does; `new_database` and `new_schema` give URLs."""

    def __init__(self) -> None:
        programs = postgres_programs()
        if programs is None:
            raise FileNotFoundError("PostgreSQL is not installed")
        self._programs = programs
        self.port, self.password = free_port(), secrets.token_hex(16)
        self._numbers = itertools.count()
        self._account: dict[str, Any] = {}
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            names = {entry.pw_name: entry for entry in pwd.getpwall()}
            account = names.get("postgres") or names["nobody"]
            self._account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def __enter__(self) -> Postgres:
        self._folder = Path(tempfile.mkdtemp(prefix="faq-postgres-"))
        try:
            if self._account:
                os.chown(self._folder, self._account["user"], self._account["group"])
            self._make_cluster()
            self._start()
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.send_signal(signal.SIGQUIT)  # at once: nothing is kept
        self._server.wait()
        shutil.rmtree(self._folder)

    def url(self, database: str) -> str:
        return f"postgresql://{USER}:{self.password}@{HOST}:{self.port}/{database}"

    def new_database(self) -> str:
        name = f"faq{next(self._numbers)}"
        self.execute("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def new_schema(self) -> str:
        """The URL of an empty schema: as good as a database to most tests, and made in no time."""
        name = f"faq{next(self._numbers)}"
        self.execute("postgres", f"CREATE SCHEMA {name}")
        return f"{self.url('postgres')}?options=-csearch_path%3D{name}"

    def execute(self, database: str, statement: str) -> None:
        """Run a statement outside any transaction."""
        import psycopg2

        connection = psycopg2.connect(self.url(database))
        with contextlib.closing(connection), connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(statement)

    def _make_cluster(self) -> None:
        secret = self._folder / "password"
        secret.write_text(self.password, "utf-8")
        if self._account:
            os.chown(secret, self._account["user"], self._account["group"])
        command = [str(self._programs / "initdb"), "-D", str(self._folder / "data"), "--username", USER]
        command += ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False, **self._account)
        if made.returncode:
            raise RuntimeError("initdb failed:\n" + made.stdout + made.stderr)

    def _start(self) -> None:
        log = self._folder / "log"
        command = [str(self._programs / "postgres"), "-D", str(self._folder / "data"), "-k", str(self._folder)]
        command += ["-p", str(self.port), "-h", HOST, "-c", "fsync=off"]
        with log.open("wb") as file:
            self._server = subprocess.Popen(command, cwd=self._folder, stdout=file, stderr=file, **self._account)
        import psycopg2

        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._server.poll() is None:
            with contextlib.suppress(psycopg2.OperationalError):
                psycopg2.connect(self.url("postgres")).close()
                return
            time.sleep(0.1)
        self._server.kill()
        self._server.wait()
        raise RuntimeError("PostgreSQL did not start:\n" + log.read_text("utf-8"))
