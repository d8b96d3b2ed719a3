"""Does a copy of the log hold? ``verify.py`` answers alone: one file for a stranger, which imports nothing of Safeconduct."""
