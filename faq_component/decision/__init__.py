"""From hits to a decision: answer, clarify or reject."""
