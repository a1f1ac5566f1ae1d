"""Review: what was asked in vain, ratings with their reasons, and conversations."""
