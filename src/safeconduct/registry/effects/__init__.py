"""What does each kind of change do to the state?"""
