"""Components that Rasa loads: pipeline, policy, importer, stores and locks."""
