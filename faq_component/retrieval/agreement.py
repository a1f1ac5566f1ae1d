"""Pooling of post scores into topic scores: several similar posts support a topic more than one does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from faq_component.retrieval.types import PostTable
from faq_component.types import CERTAIN, Hit

DEPTH = 5


def pool_topics(
    topics: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float32],
    sizes: npt.NDArray[np.int64],
    agreement: float,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Score each topic by a weighted mean of its five best posts; return its best post and its score.

    Each weight is `agreement` times the one before it: at 0 only the best post counts. A topic with fewer posts repeats
    its last one. Posts outside the candidates get the score of the worst candidate. A post that matches the question
    exactly gives its topic its own score.

    *Shape:* `topics` and `scores` ``(candidates,)``, `sizes` (posts of each topic) ``(topics,)``; result: places of the
    best posts among the candidates, and scores, both ``(found topics,)``, best topic first.
    """
    if not len(topics):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    if sizes.max() == 1:  # nothing to pool, in a tenth of the time
        ranking = np.argsort(-scores, kind="stable")
        return ranking, scores[ranking]
    order = np.lexsort((np.arange(len(topics)), -scores, topics))
    grouped = topics[order]
    starts = np.flatnonzero(np.append(True, grouped[1:] != grouped[:-1]))
    found = np.minimum(np.diff(np.append(starts, len(order))), DEPTH)
    columns = np.arange(DEPTH)
    # (found topics, DEPTH): the places of the best posts; the last one is repeated
    places = order[starts[:, None] + np.minimum(columns, found[:, None] - 1)]
    best = scores[places]
    unseen = (columns >= found[:, None]) & (columns < sizes[grouped[starts]][:, None])
    best[unseen] = np.minimum(best, scores.min())[unseen]
    weights = np.power(float(agreement), columns)
    pooled = (best @ (weights / weights.sum())).astype(np.float32)
    pooled[best[:, 0] >= CERTAIN] = best[best[:, 0] >= CERTAIN, 0]
    ranking = np.lexsort((places[:, 0], -pooled))
    return places[ranking, 0], pooled[ranking]


def pooled_hits(
    table: PostTable,
    rows: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float32],
    agreement: float,
    top_k: int,
) -> list[Hit]:
    """Return the best topics among scored candidate rows (ascending), each with its best post.

    *Shape:* `rows` and `scores` ``(candidates,)``.
    """
    places, pooled = pool_topics(table.topics[rows], scores, table.topic_sizes, agreement)
    return table.hits_in_order(rows[places[:top_k]], pooled[:top_k])
