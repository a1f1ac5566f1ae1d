"""From the scores of posts to the score of their topic: several posts that agree say more than one."""

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
    """The best post of each topic, and the topic's score: a weighted mean of its five best posts.

    The weights fall by the factor `agreement` from post to post: at 0 the best post alone counts. A topic that has
    fewer posts in all repeats its last. Posts that are not among the candidates count as much as the worst candidate.
    A post that says just what was asked speaks for its topic alone.

    *Shape:* `topics` and `scores` ``(candidates,)``, `sizes` (posts of each topic) ``(topics,)``; result: places of the
    best posts among the candidates, and scores, both ``(found topics,)``, best topic first.
    """
    if not len(topics):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    order = np.lexsort((np.arange(len(topics)), -scores, topics))
    grouped = topics[order]
    starts = np.flatnonzero(np.append(True, grouped[1:] != grouped[:-1]))
    found = np.minimum(np.diff(np.append(starts, len(order))), DEPTH)
    columns = np.arange(DEPTH)
    # (found topics, DEPTH): the places of the best posts; past the last one the last again
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
    """The best topics among scored candidate rows (ascending), each with its best post.

    *Shape:* `rows` and `scores` ``(candidates,)``.
    """
    places, pooled = pool_topics(table.topics[rows], scores, table.topic_sizes, agreement)
    return table.hits_in_order(rows[places[:top_k]], pooled[:top_k])
