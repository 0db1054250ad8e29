"""From files to an outcome: plan, examine each document, ask across them, suppress, sort."""
