#!/bin/sh
# Sets up .venv from the committed lock, on a machine that has nothing but a Python. Called by the Makefile.
#   setup.sh runtime   what the product needs
#   setup.sh dev       that, and what its checks and tests need
set -eu
cd "$(dirname "$0")/.."
want=${1:-dev}

say() { echo "setup: $*" >&2; }
stop() {
    say "$*"
    exit 1
}
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if command -v "$name" >/dev/null 2>&1 && new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    stop "no Python 3.11 or newer was found; install one, or name it: make run PYTHON=/path/to/python3"
}

make_venv() {
    python=$(find_python) || exit 1
    say "creating .venv with $python"
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv .venv
    elif command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        say "this Python has no venv; installing python3-venv"
        apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
        "$python" -m venv .venv
    else
        stop "this Python has no venv module; install it (Debian, Ubuntu: apt-get install python3-venv) and run again"
    fi
}

# A half-made .venv has no pip: start again rather than fail in a way nobody understands.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1 && ! .venv/bin/uv --version >/dev/null 2>&1; then
    rm -rf .venv
    make_venv
fi
new_enough .venv/bin/python || stop ".venv holds a Python older than 3.11; remove it (make clean) and run again"

pinned=$(sed 's/==/ /' scripts/uv.in)
case "$(.venv/bin/uv --version 2>/dev/null)" in
"$pinned "* | "$pinned") ;;
*)
    say "installing $pinned"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r scripts/uv.txt
    ;;
esac

# --inexact: a runtime set-up after a dev one takes nothing away.
export UV_PROJECT_ENVIRONMENT=.venv
export UV_SYSTEM_CERTS=1 # certificates the machine trusts: a company's own authority is among them
export UV_PYTHON=.venv/bin/python
if [ "$want" = runtime ]; then
    say "installing what the product needs"
    .venv/bin/uv sync --quiet --locked --inexact --no-default-groups
else
    say "installing what the product, its checks and its tests need"
    .venv/bin/uv sync --quiet --locked --inexact
    touch .venv/.ready-dev
fi
touch .venv/.ready-runtime
