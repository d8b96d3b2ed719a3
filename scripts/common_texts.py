"""Makes ``detectors/tables/common.bin``: hashes of passages of texts that everybody has, such as licenses.

``python scripts/common_texts.py OUT FILE...``: what repeats one of these files repeats nobody's answer. The table holds hashes of
passages and not a word of them; it is to be made anew whenever ``detectors/reuse.py`` makes fingerprints in another way.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from safeconduct.detectors.reuse import fingerprints


def main() -> int:
    """Write the table. Returns the exit code."""
    out, files = Path(sys.argv[1]), sys.argv[2:]
    found = [fingerprints(Path(each).read_text("utf-8", "replace")) for each in files]
    table = np.unique(np.concatenate(found)).astype("<u8")
    out.write_bytes(table.tobytes())
    sys.stdout.write(f"{len(files)} texts, {len(table)} passages, {out.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
