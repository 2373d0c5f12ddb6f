"""Access and refresh tokens of the floors that have them; a refresh token is used once."""

import secrets
import time

from sandbox.floors.books import Books, Row

REFRESH_SECONDS = 30 * 24 * 3600


def issue(books: Books, floor: str, account: str, seconds: int, name: str | None = None) -> Row:
    """A new pair, as when a shop's owner lets the partner in; `name` makes a standing one of the demo."""
    now = int(time.time())
    row = {
        "access": f"{name}-access" if name else secrets.token_hex(16),
        "refresh": f"{name}-refresh" if name else secrets.token_hex(16),
        "floor": floor,
        "account": account,
        "expires_at": now + seconds,
        "refresh_expires_at": now + REFRESH_SECONDS,
    }
    books.insert("tokens", row)
    return row


def of_access(books: Books, floor: str, access: str) -> Row | None:
    return books.row("SELECT * FROM tokens WHERE floor = ? AND access = ?", floor, access)


def use_refresh(books: Books, floor: str, refresh: str, seconds: int) -> Row | None:
    """The new pair for a refresh token that is known, young and was not used; else None."""
    now = int(time.time())
    sql = "UPDATE tokens SET refreshed = 1 WHERE floor = ? AND refresh = ? AND NOT refreshed AND NOT revoked"
    if not books.run(f"{sql} AND refresh_expires_at > ?", floor, refresh, now):
        return None
    used = books.row("SELECT * FROM tokens WHERE refresh = ?", refresh)
    return issue(books, floor, used["account"], seconds) if used else None


def expire(books: Books, floor: str, account: str) -> int:
    """Every access token of the account is over."""
    sql = "UPDATE tokens SET expires_at = 0 WHERE floor = ? AND account = ?"
    return books.run(sql, floor, account)


def revoke(books: Books, floor: str, account: str) -> int:
    """The shop's owner has taken the leave back: access and refresh tokens are worth nothing."""
    sql = "UPDATE tokens SET revoked = 1, expires_at = 0 WHERE floor = ? AND account = ?"
    return books.run(sql, floor, account)
