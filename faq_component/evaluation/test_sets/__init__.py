"""Questions that are asked again and again: named sets, the runs of each, and what changed between two of them."""
