"""Calls with a token that is renewed when it is over: through the store, so that one worker at a time does it."""

from collections.abc import Callable
from typing import TypeVar

from core import clock
from core.errors import text
from gateways.errors import GatewayShut, Problem
from gateways.ports import Tokens, TokenStore

T = TypeVar("T")


class TokenOver(GatewayShut):
    """The floor does not (or no longer) take this access token. What stands after a renewal is for a person."""

    def __init__(self, message: str) -> None:
        over = text("Sàn không nhận quyền kết nối nữa: hãy nối lại tài khoản sàn")
        super().__init__(message, (Problem(None, "token_over", over),))


class LeaveRevoked(GatewayShut):
    """No renewal either: the shop's owner must let us in again."""

    def __init__(self, message: str) -> None:
        gone = text("Chủ gian hàng đã rút quyền kết nối hoặc quyền đã hết hạn: hãy nối lại tài khoản sàn")
        super().__init__(message, (Problem(None, "leave_revoked", gone),))


class KeyRefused(GatewayShut):
    """The floor does not take our app's key, its secret or the shop's number: they stand wrong in the settings."""

    def __init__(self, message: str) -> None:
        wrong = text(
            "Sàn không nhận mã ứng dụng, khoá bí mật hoặc mã gian hàng: hãy báo người quản trị xem lại cài đặt"
        )
        problem = Problem(None, "invalid_credentials", wrong)
        super().__init__(f"key, secret or shop in our settings is wrong: {message}", (problem,))


class Session:
    """The account's tokens as calls use them; `refresh` asks the floor for new ones."""

    def __init__(self, store: TokenStore, refresh: Callable[[Tokens], Tokens]) -> None:
        self._store = store
        self._refresh = refresh

    def call(self, ask: Callable[[str], T]) -> T:
        """What `ask` answers with an access token; asked once more with a newer one where the first is over."""
        tokens = self._current()
        try:
            return ask(tokens.access)
        except TokenOver:
            return ask(self._store.renew(tokens, self._refresh).access)

    def _current(self) -> Tokens:
        tokens = self._store.current()
        if tokens is None:
            never = text("Tài khoản sàn chưa được kết nối")
            raise GatewayShut("no tokens", (Problem(None, "not_connected", never),))
        if tokens.expires_at <= clock.now():
            return self._store.renew(tokens, self._refresh)
        return tokens
