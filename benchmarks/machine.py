"""The machine and the versions of a benchmark."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ALWAYS = ("onnxruntime", "numpy")


def machine(*packages: str) -> str:
    """Describe the machine, its load, and the versions of Python, of `ALWAYS` and of other packages, in two lines."""
    load = f"{os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}"
    first = f"{platform.machine()}, {processor()}, {load}, {platform.system()} {platform.release()}"
    versions = [f"{name} {_version(name)}" for name in dict.fromkeys((*ALWAYS, *packages))]
    return f"{first}\nPython {platform.python_version()}, {', '.join(versions)}"


def processor() -> str:
    """Return the name of the processor if the system gives it."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
