"""Peers that serve the same FAQ with the same model, as in the write-up "FAQ: semantic recall based on BERT"."""
