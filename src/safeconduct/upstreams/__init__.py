"""Providers: connection pools, TLS, timeouts; the only room that holds provider credentials."""
