"""The officers' API: JSON over HTTP for what officers do at the desk. Decides nothing; every write is an act."""
