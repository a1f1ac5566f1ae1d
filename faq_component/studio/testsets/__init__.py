"""Test sets: made from a file or from the log, run, and compared with the run before."""
