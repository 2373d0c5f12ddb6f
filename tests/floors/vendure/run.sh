#!/usr/bin/env bash
# run.sh PORT DATA_DIR: install (once) and start a real Vendure on 127.0.0.1:PORT in the foreground; stop it with
# SIGTERM. Its data stays in DATA_DIR unless SQLJS_SAVE=0. Several may be started at once.
set -eu
export PORT=$1 DATA_DIR SQLJS_SAVE=${SQLJS_SAVE:-1}
mkdir -p "$2" && DATA_DIR=$(cd "$2" && pwd)
cd "$(dirname "$0")"

install() {
  exec 9<package-lock.json
  flock 9 # whoever comes second waits, and finds it done
  cmp -s package-lock.json node_modules/.installed-lock.json && return
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed-lock.json
}

cmp -s package-lock.json node_modules/.installed-lock.json || install
exec 9<&- # the server must not hold the lock
exec node index.js
