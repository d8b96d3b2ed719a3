"""Which rules are in force at a moment, and what is their Cedar text?"""
