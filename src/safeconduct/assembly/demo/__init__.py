"""The demonstration: the four legal states of June 2026 on a small population, switched while a gateway serves."""
