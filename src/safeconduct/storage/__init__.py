"""Durable stores, each done natively behind a small port."""
