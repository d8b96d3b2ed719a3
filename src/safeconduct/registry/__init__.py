"""Who is who, and what is known about them? Folds the append-only history of changes into one value, the Registry."""
