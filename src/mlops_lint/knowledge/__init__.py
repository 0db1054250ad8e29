"""Tables about the world, no logic. Every table names the source of its rows and the date they were read."""
