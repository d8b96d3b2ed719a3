"""What is to be done about what detectors saw in a call? Plans, verdicts, redactions, hold-back; pure."""
