"""Rasa components: pipeline, policy, importer, tracker store, lock stores and response generator."""
