"""Every kind of file as a document that can answer "where is this?"."""
