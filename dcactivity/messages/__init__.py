"""The message table: its schema, the store that holds it, and how archives come into it."""
