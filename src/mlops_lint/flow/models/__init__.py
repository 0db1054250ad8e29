"""Models: what the calls of libraries do to things, by the tables of ``knowledge``."""
