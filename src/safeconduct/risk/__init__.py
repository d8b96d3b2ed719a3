"""How much does what was seen weigh, for whom, and how does it fade? Pure."""
