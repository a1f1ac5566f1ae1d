"""What people asked and what came of it: the log, what it leaves out, and learning from it (docs/guides/review.md)."""
