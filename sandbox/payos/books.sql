CREATE TABLE IF NOT EXISTS webhooks (
    client_id TEXT PRIMARY KEY,
    url       TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS links (
    id                  TEXT PRIMARY KEY,
    client_id           TEXT NOT NULL,
    order_code          INTEGER NOT NULL,
    amount              INTEGER NOT NULL,
    amount_paid         INTEGER NOT NULL DEFAULT 0,
    description         TEXT NOT NULL,
    return_url          TEXT NOT NULL,
    cancel_url          TEXT NOT NULL,
    account_number      TEXT NOT NULL UNIQUE,
    status              TEXT NOT NULL DEFAULT 'PENDING',
    expired_at          INTEGER,
    created_at          TEXT NOT NULL,
    canceled_at         TEXT,
    cancellation_reason TEXT,
    UNIQUE (client_id, order_code)
);
CREATE TABLE IF NOT EXISTS transfers (
    reference   TEXT PRIMARY KEY,
    link_id     TEXT NOT NULL REFERENCES links,
    amount      INTEGER NOT NULL,
    occurred_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS transfers_link ON transfers (link_id);
CREATE TABLE IF NOT EXISTS payouts (
    id              TEXT PRIMARY KEY,
    client_id       TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    reference_id    TEXT NOT NULL,
    body            TEXT NOT NULL,
    reference       TEXT NOT NULL,
    amount          INTEGER NOT NULL,
    created_at      TEXT NOT NULL,
    UNIQUE (client_id, idempotency_key)
);
CREATE TABLE IF NOT EXISTS deliveries (
    id         INTEGER PRIMARY KEY,
    sent_at    TEXT NOT NULL,
    client_id  TEXT NOT NULL,
    order_code INTEGER NOT NULL,
    reference  TEXT NOT NULL,
    url        TEXT NOT NULL,
    status     INTEGER,
    answer     TEXT NOT NULL,
    seconds    REAL NOT NULL
);
