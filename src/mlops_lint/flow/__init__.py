"""Flow: one abstract run of a program. What values are, where they came from, what happened to them, and in which order."""
