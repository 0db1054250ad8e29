"""The project on disk: its root, its files, their bytes, and what git says of them."""
