"""From hits to a decision: answer, clarify, or say that one does not know."""
