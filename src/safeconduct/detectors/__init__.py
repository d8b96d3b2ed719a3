"""What does a text contain? Detectors, their rules and models; asked by the gateway, knows nothing of calls."""
