"""Does the watch find who misuses models, how soon, and whom else does it show? A generator of behavior, and what comes of it.

Whoever writes detectors of behavior does not write this, and nothing here reads how they decide: signals go in, alerts come out.
"""
