"""Whether Apache Lucene can be run here."""

import glob
import importlib.util
import shutil

import pytest

from faq_component.retrieval.engines.lucene_engine import DEFAULT_JARS

needs_lucene = pytest.mark.skipif(
    importlib.util.find_spec("jpype") is None
    or shutil.which("java") is None
    or not all(glob.glob(pattern) for pattern in DEFAULT_JARS.split(":")),  # noqa: PTH207 (absolute patterns)
    reason="Lucene is not installed: the extra 'lucene', and liblucene8-java and openjdk-17-jre-headless of Debian",
)
