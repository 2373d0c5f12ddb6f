#!/usr/bin/env bash
# run.sh PORT DATA_DIR: install (once, into .venv beside this file) and start a real django-oscar shop on
# 127.0.0.1:PORT in the foreground; stop it with SIGTERM. Its SQLite stays in DATA_DIR. Several may be started at once.
# RATE=30/min makes it answer real 429s, PAGE_SIZE=2 lists in pages.
set -eu
port=$1
mkdir -p "$2" && DATA_DIR=$(cd "$2" && pwd)
export DATA_DIR PYTHONDONTWRITEBYTECODE=1
cd "$(dirname "$0")"
python=${PYTHON:-python3}

install() {
  exec 9<requirements.txt
  flock 9 # whoever comes second waits, and finds it done
  cmp -s requirements.txt .venv/installed.txt && return
  rm -rf .venv
  if "$python" -c 'import ensurepip' 2>/dev/null; then
    "$python" -m venv .venv
    pip() { .venv/bin/python -m pip "$@"; }
  else # Debian without python3-venv
    "$python" -m venv --without-pip .venv
    pip() { "$python" -m pip --python .venv/bin/python "$@"; }
  fi
  pip install -qq --disable-pip-version-check --no-input --no-deps --require-hashes -r requirements.txt
  cp requirements.txt .venv/installed.txt
}

cmp -s requirements.txt .venv/installed.txt || install
exec 9<&- # the server must not hold the lock
exec .venv/bin/python serve.py "$port"
