"""Reading, writing and converting model folders."""
