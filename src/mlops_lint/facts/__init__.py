"""Facts: what the files of a project are seen to say, as plain data for questions across files."""
