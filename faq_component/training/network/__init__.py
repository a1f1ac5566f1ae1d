"""Networks to train, and their losses."""
