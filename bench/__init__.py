"""The bench: what a governed call costs, side by side with what others cost for less. Imports nothing of the product."""
