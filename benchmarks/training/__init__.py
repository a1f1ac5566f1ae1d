"""Train, measure and tabulate the encoders of `docs/results/training.md`."""
