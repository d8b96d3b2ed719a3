"""The sorter's cheap models: how unusual is this text among benign ones, as misuse and as injection?

They sort and add evidence; they never block alone. What a score leads to is said by policy, in other rooms.

INVARIANT (P8): nothing is told to anybody. The library that runs the models would send its maker what it runs and where, and
leave a file for that in the temporary folder; it asks this variable when it is loaded, and this package is loaded before it.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
