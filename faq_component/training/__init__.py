"""Encoders as trainable checkpoints: imported, trained, exported. Imports neither rasa nor the recall."""
