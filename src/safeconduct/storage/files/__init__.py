"""Files: journals (write-ahead), tiles, checkpoints."""
