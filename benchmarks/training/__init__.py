"""Train, measure and tabulate the encoders of `benchmarks/training.md`."""
