"""SQLite: the append-only history of changes."""
