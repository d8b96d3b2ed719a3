"""How well do our detectors do, on what they have not seen? `python -m evaluation` measures and writes JSON and one page."""
