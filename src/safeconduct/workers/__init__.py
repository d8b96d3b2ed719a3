"""Processes beside the gateway: the keeper that integrates the log, the supervisor that starts everything."""
