#!/bin/sh
# Sees to it that programs are there: need.sh PROGRAM=PACKAGE...   Installs the Debian packages when it may, else says which.
set -eu
missing=""
for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null 2>&1 || missing="$missing ${pair#*=}"
done
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "need: installing$missing" >&2
    apt-get update -qq
    # shellcheck disable=SC2086  # a list of names
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "need: these are missing:$missing. Install them with your system's package manager and run again." >&2
exit 1
