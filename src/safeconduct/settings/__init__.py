"""Settings: read once, frozen; unknown keys are errors."""
