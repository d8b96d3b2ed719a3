"""What follows from a signal? The order of things after a call; pure."""
