"""What the watch remembers, in a file of its own."""
