"""What a gateway may raise. Each name is the worker's next move; a provider's own codes stay in its folder."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from core.errors import Text


class GatewayError(Exception):
    """A call outside did not do what was asked. The message is for operators: ids, no secrets, no personal data."""

    retry_after: float | None = None
    """Seconds after which it wants to be asked again, where the provider says so."""
    left_alone: timedelta | None = None
    """For how long nobody calls this provider now, whatever for: set by who speaks to it for everybody."""
    stock_told: bool = False
    """Whether a floor has taken the stock of what it was to show all the same."""


class GatewayUnavailable(GatewayError):
    """No answer, or a passing fault: try again later with backoff. What was asked may have happened all the same.
    `problem` is for a person who waits, where there is more to say than that."""

    def __init__(
        self, message: str, problem: "Problem | None" = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.problem = problem
        self.retry_after = retry_after


class GatewayThrottled(GatewayError):
    """Too many calls: slow down for `retry_after` seconds (None where the provider does not say)."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Problem:
    """One reason for a refusal, tied to our own field name where the provider tells which; `text` is Vietnamese, and
    says what to do. `said` are the provider's own words, quoted beside it; `picture` is the key of the one it is about.
    """

    field: str | None
    code: str
    text: str
    said: str = ""
    picture: str | None = None

    @property
    def stored(self) -> dict[str, Any]:
        """As JSON; `values` are those of a text that has some, so that it is told in the reader's language later."""
        facts = asdict(self)
        if isinstance(self.text, Text) and self.text.values:
            facts |= {"template": self.text.template, "values": dict(self.text.values)}
        return facts


class GatewayRejected(GatewayError):
    """The provider refuses this for good: stop, and show `problems` to a person."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems or (Problem(None, "rejected", message),)


class GatewayShut(GatewayRejected):
    """The provider does not let our account in (any more), whatever is asked: a person must connect it again."""


class AlreadyDone(GatewayError):
    """What was asked has been done before: a success."""
