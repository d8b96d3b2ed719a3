#!/bin/sh
# Builds the wheel, installs it alone into a fresh environment, and runs it: nothing may depend on the working tree.
#   check_wheel.sh FOLDER   an empty folder to work in; the caller removes it
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:?name an empty folder to work in}
uv="$root/.venv/bin/uv"
python="$root/.venv/bin/python"

"$uv" build --quiet --wheel --out-dir "$folder/dist" "$root"
"$uv" venv --quiet --python "$python" "$folder/venv"
# the locked versions, so that this fails for what we changed and not for what somebody released today
"$uv" export --quiet --project "$root" --locked --no-default-groups --no-emit-project --output-file "$folder/locked.txt" >/dev/null
"$uv" pip install --quiet --python "$folder/venv/bin/python" --require-hashes -r "$folder/locked.txt"
"$uv" pip install --quiet --python "$folder/venv/bin/python" --no-deps "$folder"/dist/*.whl
"$uv" pip check --quiet --python "$folder/venv/bin/python"

cd "$folder"
unset PYTHONPATH
export SAFECONDUCT_HOME="$folder/home"
"$folder/venv/bin/safeconduct" --version
"$folder/venv/bin/safeconduct" up --help >/dev/null
"$folder/venv/bin/python" -c '
import importlib.resources, pathlib, safeconduct, sys
here = pathlib.Path(safeconduct.__file__).resolve()
assert pathlib.Path(sys.prefix).resolve() in here.parents, here
source = pathlib.Path(sys.argv[1]) / "src" / "safeconduct"
shipped = {p.relative_to(here.parent).as_posix() for p in here.parent.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
written = {p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
missing = sorted(written - shipped)
assert not missing, f"not in the wheel: {missing}"
' "$root"
