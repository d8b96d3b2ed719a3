"""What we depend on: locked with hashes, small, without what has been poisoned, and nothing planted in the environment.

In March 2026 a gateway package shipped a .pth file, which Python runs at every start of the interpreter. So every .pth file
in our environment must be listed in the RECORD of an installed distribution, with the hash written there.
"""

from __future__ import annotations

import base64
import hashlib
import sysconfig
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path

from support.tree import ROOT

_LOCK = tomllib.loads((ROOT / "uv.lock").read_text())
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
_NEVER = {"litellm", "httpx-litellm", "litellm-proxy-extras", "litellm-enterprise"}
_MOST_RUNTIME_PACKAGES = 27  # hyperscan, blake3 and numpy came with the safeguards


def _locked() -> dict[str, dict[str, object]]:
    return {package["name"]: package for package in _LOCK["package"]}


def _needed_by(name: str, locked: dict[str, dict[str, object]], seen: set[str]) -> set[str]:
    for dependency in locked[name].get("dependencies", ()):  # type: ignore[attr-defined]
        if dependency["name"] not in seen:
            seen.add(dependency["name"])
            _needed_by(dependency["name"], locked, seen)
    return seen


def test_no_poisoned_package_is_locked() -> None:
    assert not _NEVER & set(_locked())


def test_every_locked_file_has_a_hash() -> None:
    naked = []
    for name, package in _locked().items():
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]  # type: ignore[misc]
        if name != _PROJECT["project"]["name"]:
            naked += [name for file in files if not str(file.get("hash", "")).startswith("sha256:")] or ([] if files else [name])
    assert not naked, f"no sha256 in uv.lock for {', '.join(sorted(set(naked)))}"


def test_packages_come_from_one_registry() -> None:
    sources = {str(package["source"]) for name, package in _locked().items() if name != _PROJECT["project"]["name"]}
    assert len(sources) == 1, f"uv.lock names more than one source: {', '.join(sorted(sources))}"


def test_the_product_needs_few_packages() -> None:
    needed = _needed_by("safeconduct", _locked(), set())
    assert len(needed) <= _MOST_RUNTIME_PACKAGES, f"{len(needed)} packages at run time: {', '.join(sorted(needed))}"


def test_what_installs_the_lock_is_pinned_by_hash() -> None:
    lines = (ROOT / "scripts" / "uv.txt").read_text().splitlines()
    pinned = [line.split()[0] for line in lines if "==" in line and not line.startswith("#")]
    assert pinned == (ROOT / "scripts" / "uv.in").read_text().split()
    assert sum("--hash=sha256:" in line for line in lines) >= 5, "not enough hashes for the platforms we name"


def planted(site_packages: Path, installed: list[Distribution]) -> list[str]:
    """The .pth files that no installed distribution owns, or that are not as their owner shipped them."""
    owned: dict[Path, str] = {}
    for distribution in installed:
        for file in distribution.files or ():
            if file.suffix == ".pth" and file.hash is not None:
                owned[Path(str(distribution.locate_file(file))).resolve()] = file.hash.value
    guilty = []
    for path in sorted(site_packages.glob("*.pth")):
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()
        if owned.get(path.resolve()) != digest:
            guilty.append(path.name)
    return guilty


def test_no_pth_file_is_planted() -> None:
    guilty = planted(Path(sysconfig.get_paths()["purelib"]), list(distributions()))
    assert not guilty, f"runs at every start and belongs to no package: {', '.join(guilty)}; remove .venv and set it up again"


def test_a_planted_pth_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "innocent.pth").write_text("import os\n")
    assert planted(tmp_path, list(distributions())) == ["innocent.pth"]
