"""A Milvus server whose disk is full: it answers, then ends itself, and goes on where there is room again."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq_component.errors import FaqError
from faq_component.retrieval.question import Question
from tests.milvus_server import MilvusServer
from tests.retrieval.engines.test_milvus_server import opening, recovered, season
from tests.small_disk import fill, make_room, small_disk

pytestmark = pytest.mark.slow
_MEGABYTES = 600  # 200 of them are used by an empty server


def test_answers_go_on_and_a_new_version_waits_for_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", _MEGABYTES) as folder, MilvusServer(folder) as milvus:
        retriever = opening(milvus, "full")(season(0), mode="hybrid")
        expected = retriever.search(Question("一第0季"), 3)
        fill(folder)
        assert retriever.search(Question("一第0季"), 3) == expected
        with pytest.raises(
            FaqError, match=r"^Milvus failed at opening the FAQ \(.*\); see that it runs, and start again$"
        ):
            retriever.updated(season(1))
        make_room(folder)
        if milvus.process.poll() is not None:  # it ends itself where it cannot write
            milvus.start()
        assert recovered(lambda: retriever.search(Question("一第0季"), 3)) == expected
        hits = retriever.updated(season(1)).search(Question("第1季"), 40)
        assert {hit.topic_id for hit in hits} == {f"t{n}" for n in range(30)}
        assert all("第1季" in hit.post for hit in hits)
