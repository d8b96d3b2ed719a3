"""Adds native modules to a wheel that is being built, when SAFECONDUCT_COMPILED names a folder of them. Compiles nothing itself.

``scripts/compile.py`` fills that folder; without it the wheel is pure Python and runs everywhere. The sources are in both.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class NativeModules(BuildHookInterface):  # type: ignore[type-arg]
    """The build hook that hatchling finds here."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Tell hatchling which files join, and that the wheel is then for this Python on this platform only."""
        named = os.environ.get("SAFECONDUCT_COMPILED", "")
        if not named or version == "editable":
            return
        folder = Path(named)
        modules = sorted(folder.rglob("*.so"))
        if not modules:
            raise ValueError(f"SAFECONDUCT_COMPILED names {folder}, which has no native modules")
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"].update({str(path): path.relative_to(folder).as_posix() for path in modules})
