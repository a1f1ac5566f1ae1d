"""Training loops: siamese, cross-encoder, poly-encoder and distillation."""
