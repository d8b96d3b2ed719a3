"""Does this standing get this model? Cedar, asked strictly: permit only on Allow, with no error and every needed fact present (P1)."""
