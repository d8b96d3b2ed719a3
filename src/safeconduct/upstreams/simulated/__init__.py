"""A simulated provider, labelled as such everywhere: three dialects, realistic streams, scripted faults."""
