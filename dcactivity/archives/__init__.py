"""Archives of every kind: from bytes to message records."""
