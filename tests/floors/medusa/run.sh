#!/usr/bin/env bash
# run.sh PORT DATA_DIR: install (once), prepare and start a real Medusa on 127.0.0.1:PORT in the foreground; stop it
# with SIGTERM. Its data stay in the database DATABASE_URL, which must be its own, and its files in DATA_DIR.
set -eu
port=$1
mkdir -p "$2" && data=$(cd "$2" && pwd)
cd "$(dirname "$0")"
here=$PWD

install() {
  exec 9<package-lock.json
  flock 9 # whoever comes second waits, and finds it done
  cmp -s package-lock.json node_modules/.installed-lock.json && return
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed-lock.json
}

cmp -s package-lock.json node_modules/.installed-lock.json || install
exec 9<&- # the server must not hold the lock

# Medusa serves uploads from <its working directory>/static: each has a directory of its own
app=$data/app
mkdir -p "$app/static"
cp medusa-config.js package.json prepare.js "$app/"
ln -sfn "$here/node_modules" "$app/node_modules"
cd "$app"
export PORT=$port MEDUSA_DISABLE_TELEMETRY=true MEDUSA_DB_MIGRATION_CONNECTION_TIMEOUT=60000 NODE_ENV=production
export MEDUSA_EMAIL=${MEDUSA_EMAIL:-admin@example.com} MEDUSA_PASSWORD=${MEDUSA_PASSWORD:-supersecret}
medusa() { node node_modules/@medusajs/cli/cli.js "$@"; }
if ! [ -f "$data/prepared" ]; then
  {
    medusa db:migrate --execute-safe-links &&
      medusa user -e "$MEDUSA_EMAIL" -p "$MEDUSA_PASSWORD" &&
      medusa exec ./prepare.js
  } > "$data/prepare.log" 2>&1 || { cat "$data/prepare.log"; exit 1; }
  touch "$data/prepared"
fi
exec node node_modules/@medusajs/cli/cli.js start -H 127.0.0.1 -p "$port"
