"""Officers with keys of their own in a world, or in whatever acts in one."""

from __future__ import annotations

from safeconduct.office import acts
from support.letters import Acting
from support.registry_world import digest_number


def officers_in(at: Acting, *names: str) -> None:
    """Add officers, mira and noor where none are named."""
    for number, name in enumerate(names or ("mira", "noor"), 1):
        at.act(acts.AddOfficer(name, digest_number(2000 + 10 * number)), "os:ops")
        at.act(acts.KeyOfficer(name, digest_number(2001 + 10 * number)), f"officer:{name}")
