#!/bin/sh
# Makes an environment that holds the compiled wheel and the locked packages, and nothing from the working tree.
#   compiled_venv.sh FOLDER runtime   what the product needs
#   compiled_venv.sh FOLDER dev       that, and what its tests need
# Compiled again only when the sources or what compiles them changed.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:?name the folder of the environment}
groups=--no-default-groups
[ "${2:-runtime}" = dev ] && groups=--all-groups
uv="$root/.venv/bin/uv"
python="$root/.venv/bin/python"

cd "$root"
made=$({
    find src -name '*.py' | LC_ALL=C sort | xargs sha256sum
    sha256sum pyproject.toml uv.lock hatch_build.py scripts/compile.py scripts/compiled.txt
    "$python" -V
} | sha256sum)
[ "$(cat "$folder/.made" 2>/dev/null)" = "$made" ] && exit 0

rm -rf "$folder"
"$uv" venv --quiet --python "$python" "$folder"
"$python" scripts/compile.py "$folder/dist"
"$uv" export --quiet --locked $groups --no-emit-project --output-file "$folder/locked.txt" >/dev/null
"$uv" pip install --quiet --python "$folder/bin/python" --require-hashes -r "$folder/locked.txt"
"$uv" pip install --quiet --python "$folder/bin/python" --no-deps "$folder"/dist/*.whl
cd "$folder"
env -u PYTHONPATH "$folder/bin/python" -c '
import safeconduct.gateway.caller as door
assert door.__file__.endswith(".so"), f"not compiled: {door.__file__}"'
echo "$made" >"$folder/.made"
