"""Safeconduct: controlled access to frontier AI models that is provable and never blunt."""
