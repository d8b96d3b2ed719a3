"""Words that two or more rooms say. No behavior beyond what a word means; imports nothing of ours."""
