"""Builds the library with cargo and puts it in the wheel (a hatchling build hook)."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMMAND = ("cargo", "build", "--release", "--locked", "--offline", "--quiet")


class CargoBuildHook(BuildHookInterface):
    """One library for all Pythons from 3.11 on: it uses nothing but the stable ABI."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the hook's own signature
        root = Path(self.root)
        subprocess.run(COMMAND, cwd=root, check=True)
        library = root / "target" / "release" / "libsigcheck_native.so"
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"cp311-abi3-{platform}"
        build_data["pure_python"] = False
        build_data["force_include"][str(library)] = "sigcheck_native.abi3.so"
