from __future__ import annotations

import copy
import threading

from faq_component.retrieval.question import Among, Question


def test_a_copy_leaves_behind_what_is_kept() -> None:
    question = Question("怎么退货", Among(frozenset({"return"})))
    assert question.once("lock", threading.Lock) is question.once("lock", threading.Lock)  # no copy of it can be made
    copied = copy.deepcopy(question)
    assert (copied.written, copied.among) == (question.written, question.among)
    assert copied.once("lock", lambda: None) is None
    assert question.once("lock", lambda: None) is not None
