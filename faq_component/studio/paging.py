"""Long lists, shown in pages."""

from __future__ import annotations


def page_count(count: int, size: int) -> int:
    """Return how many pages of a size a number of things fill; one where there is none."""
    return -(-count // size) or 1
