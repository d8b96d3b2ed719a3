"""Which behavior shows in signals? One file for each detector of behavior; each looks at one subject, and knows no other."""
