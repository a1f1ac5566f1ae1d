"""Groups of posts that lie near each other."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from faq_component.encoders import Vectors

CLUSTERINGS = ("kmeans", "mixture")

Labels = npt.NDArray[np.int64]

_MANY = 10_000  # posts from which k-means looks at a part of them at a time


def cluster(vectors: Vectors, count: int, clustering: str = "kmeans", seed: int = 0) -> Labels:
    """The cluster of each vector: by k-means, or by a mixture of Gaussians with diagonal covariances.

    K-means of scikit-learn, in mini-batches above 10,000 vectors. There are at most as many clusters as vectors.

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
    elif len(vectors) > _MANY:
        model = MiniBatchKMeans(count, n_init=3, random_state=seed)
    else:
        model = KMeans(count, n_init=3, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # clusters to draw from need not be the best there are
        labels: Labels = model.fit_predict(vectors).astype(np.int64)
    return labels
