"""Which measure does a risk call for, and what does each measure do? Pure."""
