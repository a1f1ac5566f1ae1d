"""From a BERT to an int8 graph that serves."""
