"""How the sorter's models are made, measured and packed. Not part of the package."""
