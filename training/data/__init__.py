"""Texts of our own for training and for measuring: written or generated here, contents invented, CC0."""
