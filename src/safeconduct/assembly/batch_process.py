"""One answering process: ``python -m safeconduct.assembly.batch_process HOME VERSION NOW``.

Frames of questions come on stdin, frames of answers leave on stdout.
"""

from __future__ import annotations

import gc
import sys

from safeconduct.assembly.batch import serve
from safeconduct.assembly.inquiries import open_inquiries
from safeconduct.terms.faults import Refused


def main() -> int:
    """Answer until stdin ends. Returns the exit code."""
    home, version, now = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    gc.freeze()
    try:
        with open_inquiries({"SAFECONDUCT_HOME": home}, version=version, now=now) as asked:
            serve(asked, sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        return 1
    except (Refused, OSError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
