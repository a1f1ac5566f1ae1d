"""Encoders as trainable checkpoints: import, training and export, without Rasa."""
