CREATE TABLE IF NOT EXISTS tokens (
    access             TEXT PRIMARY KEY,
    refresh            TEXT NOT NULL UNIQUE,
    floor              TEXT NOT NULL,
    account            TEXT NOT NULL,
    expires_at         INTEGER NOT NULL,
    refresh_expires_at INTEGER NOT NULL,
    refreshed          INTEGER NOT NULL DEFAULT 0,
    revoked            INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS products (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    floor      TEXT NOT NULL,
    account    TEXT NOT NULL,
    sku        TEXT NOT NULL,
    title      TEXT NOT NULL,
    price      INTEGER NOT NULL,
    stock      INTEGER NOT NULL,
    state      TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS products_sku ON products (floor, account, sku);
CREATE TABLE IF NOT EXISTS pictures (
    id       TEXT PRIMARY KEY,
    floor    TEXT NOT NULL,
    account  TEXT NOT NULL,
    sha256   TEXT NOT NULL,
    content  BLOB NOT NULL,
    taken_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS orders (
    id         TEXT PRIMARY KEY,
    floor      TEXT NOT NULL,
    account    TEXT NOT NULL,
    status     TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_updated ON orders (floor, account, updated_at);
CREATE TABLE IF NOT EXISTS keys (
    floor   TEXT NOT NULL,
    account TEXT NOT NULL,
    key     TEXT NOT NULL,
    answer  TEXT NOT NULL,
    PRIMARY KEY (floor, account, key)
);
CREATE TABLE IF NOT EXISTS settlements (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    floor      TEXT NOT NULL,
    account    TEXT NOT NULL,
    order_id   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    body       TEXT NOT NULL,
    settled_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS settlements_settled ON settlements (floor, account, settled_at);
