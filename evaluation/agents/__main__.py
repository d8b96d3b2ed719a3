"""python -m evaluation.agents [--json]"""

import json
import sys

from evaluation.agents.report import report
from evaluation.agents.tasks import PARTS

found = report()
if "--json" in sys.argv[1:]:
    print(json.dumps(found, indent=2, ensure_ascii=False))
else:
    for part in PARTS:
        stopped, disturbed = found[part]["planted_stopped"], found[part]["benign_disturbed"]
        print(
            f"{part}: planted stopped {stopped['count']}/{stopped['n']}, benign disturbed {disturbed['count']}/{disturbed['n']}"
        )
        for name in ("reached", "stopped_early", "disturbed"):
            print(f"  {name}: {', '.join(found[part][name]) or 'none'}")
