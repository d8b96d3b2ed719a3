"""How is kept content sealed, under whose key, and for how long? Pure: bytes, keys, nonces and moments are arguments."""
