"""An officer's act: who may do what to the registry, in which order it is recorded."""
