"""A simulated provider: what would Anthropic or OpenAI answer, without either of them.

It speaks three dialects, JSON and SSE, and does on request what real providers do on bad days. Everything it sends says
that it is simulated. It reads requests on its own, sharing no code with ``wire``: a mistake there must not hide itself
here. ``server`` owns sockets, ``script`` decides what is answered, one module per dialect says how it looks.
"""

from safeconduct.upstreams.simulated.arrivals import Arrival, fingerprint
from safeconduct.upstreams.simulated.server import SimulatedProvider

__all__ = ["Arrival", "SimulatedProvider", "fingerprint"]
