"""What follows from the registry and the instruments for everybody? Questions over all people at once; pure."""
