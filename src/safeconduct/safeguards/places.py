"""Which places of a machine matter? What is made again by building, what holds credentials, what says who may enter."""

from __future__ import annotations

from typing import Final

from safeconduct.safeguards.scope import normal_path
from safeconduct.safeguards.tables import listed, phrases

DEVICES: Final = phrases("/dev/sd|/dev/nvme|/dev/hd|/dev/vd|/dev/xvd|/dev/mmcblk|/dev/disk|/dev/mem|/dev/mapper")
_TEMPORARY: Final = ("/tmp/", "/var/tmp/")  # noqa: S108 - read, never made
_ARTIFACTS: Final = listed(
    "build dist out target node_modules __pycache__ venv .venv env .env-test .tox .nox .pytest_cache .mypy_cache "
    ".ruff_cache .cache .next .nuxt .turbo .parcel-cache .gradle .terraform coverage htmlcov .coverage "
    ".nyc_output bin obj tmp temp logs log .eggs .hypothesis site _site public/build storybook-static Debug "
    "Release DerivedData Pods vendor bazel-bin bazel-out elm-stuff .svelte-kit .angular .vite .expo .dart_tool "
    "cmake-build-debug cmake-build-release _build result results artifacts wheelhouse .sass-cache .serverless"
)
_ENDINGS: Final = (".egg-info", ".log", ".pyc", ".o", ".tmp", ".bak", ".zip", ".tar.gz", "_cache", ".dSYM")
_CREDENTIALS: Final = phrases(
    ".ssh/|id_rsa|id_ed25519|id_ecdsa|.aws/|.netrc|.npmrc|.pypirc|.git-credentials|.kube/config|.docker/config|"
    ".gnupg|/etc/shadow|/etc/passwd|.env|credentials|.pem|.p12|.keystore|secrets|wallet.dat|.config/gcloud|"
    ".vault-token|cookies.sqlite|login data|.bash_history|.zsh_history|.codex/auth|.claude/"
)
_HARMLESS: Final = (".example", ".sample", ".template", ".md", ".py", ".ts", ".pub")
_DOORS: Final = phrases(
    "authorized_keys|/etc/sudoers|/etc/passwd|/etc/shadow|/etc/cron|/var/spool/cron|/etc/ld.so.preload|/etc/pam.d|"
    "/etc/ssh/sshd_config|/etc/systemd/system|/etc/init.d|.git/hooks/|LaunchAgents|/etc/hosts"
)
_CONTROLS: Final = phrases(
    ".npmrc|.yarnrc|pip.conf|pip.ini|.pypirc|.cargo/config|.gemrc|.condarc|nuget.config|.github/workflows|.github/actions|"
    ".gitlab-ci|jenkinsfile|.circleci|.buildkite|azure-pipelines|bitbucket-pipelines|.travis.yml|.mcp.json|.claude/|.claude.json|"
    "claude.md|agents.md|.cursor|.codex/|.windsurf|copilot-instructions|.vscode/tasks|.vscode/settings|.devcontainer|.git/|.gitconfig|"
    ".gitmodules|.husky|.pre-commit-config|lefthook|.bashrc|.bash_profile|.zshrc|.profile|.envrc|.ssh/|.aws/|.kube/|.docker/|.netrc|"
    "codeowners|.config/systemd|/etc/"
)


def is_control(path: str) -> bool:
    """Whether a file says whom a project trusts: sources of packages, pipelines, hooks, what agents and shells obey."""
    low = path.lower()
    return any(each in low for each in _CONTROLS)


def is_door(path: str) -> bool:
    """Whether a file says who may enter a machine, or what runs on it unasked."""
    return any(door in path for door in _DOORS)


def is_secret(path: str) -> bool:
    """Whether a path is one of files that hold credentials."""
    low = path.lower()
    return any(each in low for each in _CREDENTIALS) and not low.endswith(_HARMLESS)


def is_artifact(target: str) -> bool:
    """Whether a folder is made again by building, or lies in a place for passing things."""
    if target.startswith(("~", "$")) or "*" in target.rpartition("/")[0] or target.strip("/*") == "":
        return False
    path = normal_path(target)
    parts = [each for each in path.split("/") if each]
    if not parts or ".." in parts:
        return False
    if path.startswith(_TEMPORARY):
        return True
    if path.startswith("/") and len(parts) < 4:
        return False
    if len(parts) == 1 and "*" not in target and "." in parts[0][1:] and not target.endswith("/"):  # a file at hand
        return True
    last = parts[-1].rstrip("*") or (parts[-2] if len(parts) > 1 else "")
    if last in _ARTIFACTS or parts[-1].endswith(_ENDINGS):
        return True
    return any(each in _ARTIFACTS - {"vendor", "bin", "env", "public/build"} for each in parts[:-1])
