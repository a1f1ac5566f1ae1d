"""What people asked and what came of it: the log, what it leaves out, and learning from it. See docs/guides/review.md."""
