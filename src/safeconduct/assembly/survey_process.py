"""The second half of a survey as a process: ``python -m safeconduct.assembly.survey_process``, its order on stdin.

Writes what it found of its part on stdout, and nothing else. What goes wrong is one line on stderr and a failure.
"""

from __future__ import annotations

import gc
import sys

import msgspec

from safeconduct.assembly.survey import TOO_MANY, Order, carry_out
from safeconduct.inquiry.shapes import TooManyShapes
from safeconduct.terms.faults import Refused

MAX_ORDER_BYTES = 256 * 1024 * 1024


def main() -> int:
    """Do what stdin orders. Returns the exit code."""
    gc.freeze()
    try:
        order = msgspec.msgpack.decode(sys.stdin.buffer.read(MAX_ORDER_BYTES), type=Order)
        sys.stdout.buffer.write(carry_out(order))
    except TooManyShapes:
        return TOO_MANY
    except (Refused, OSError, msgspec.DecodeError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
