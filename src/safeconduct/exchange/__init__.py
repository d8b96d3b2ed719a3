"""A call: the order of things from arrival to outcome. Pure machine; events in, commands out."""
