"""Does this standing get this model? Cedar, asked strictly: permit only on Allow, no error, every needed fact present (P1)."""
