"""Clustering of post vectors."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from faq_component.encoders import Vectors

CLUSTERINGS = ("kmeans", "mixture")

Labels = npt.NDArray[np.int64]

_MINI_BATCH_FROM = 10_000  # vectors above which k-means works in mini-batches


def cluster(vectors: Vectors, count: int, clustering: str = "kmeans", seed: int = 0) -> Labels:
    """Assign each vector to a cluster, by k-means or by a mixture of Gaussians with diagonal covariances.

    Above 10,000 vectors k-means works in mini-batches. There are at most as many clusters as vectors.

    *Shape:* vectors ``(n, dim)``, result ``(n,)``.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    count = min(count, len(vectors))
    if count <= 1:
        return np.zeros(len(vectors), dtype=np.int64)
    if clustering == "mixture":
        model = GaussianMixture(count, covariance_type="diag", max_iter=30, reg_covar=1e-5, random_state=seed)
    elif len(vectors) > _MINI_BATCH_FROM:
        model = MiniBatchKMeans(count, n_init=3, random_state=seed)
    else:
        model = KMeans(count, n_init=3, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # pairs can be drawn from clusters that have not converged
        labels: Labels = model.fit_predict(vectors).astype(np.int64)
    return labels
