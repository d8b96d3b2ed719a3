"""Which shape has the body of each kind of change?"""
