"""Which fields does each entry have? One module for what entries are about; the one list of them is ``audit.entries``."""
