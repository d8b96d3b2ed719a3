"""Who is who, and what is known about them? Folds the append-only history of changes into authorities, organizations, people, agents, keys and facts."""
