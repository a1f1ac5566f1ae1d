"""Starting Rasa: the trained model, the processes, and imports kept light."""
