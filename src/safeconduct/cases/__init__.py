"""Which case does a signal belong to, which case comes first, and what do verdicts teach? Pure."""
