"""Logs are JSON lines: a constant event name plus ids; never a person's data, a secret or a token."""

import logging
import sys
import traceback
from collections.abc import Iterator

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError

from core.config import config


def set_up_logging(process: str) -> None:
    """Send structlog and the standard library's loggers to standard error as JSON, naming the process."""
    level = logging.getLevelNamesMapping()[config().log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_format),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for chatty in (
        "fontTools",
        "urllib3",
    ):  # urllib3 tells whole addresses, with the tokens that floors have in them
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=process)


def _format(exc_info: structlog.typing.ExcInfo) -> str:
    """The tracebacks, the first cause first."""
    return "".join(line for error in _causes(exc_info[1]) for line in _lines(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    if error is not None:
        yield from _causes(error.__cause__ or (None if error.__suppress_context__ else error.__context__))
        yield error


def _lines(error: BaseException) -> list[str]:
    """What the database says of a refusal quotes the row, and with it people: only its kind is told."""
    if not isinstance(error, psycopg.Error | DBAPIError):
        return traceback.format_exception(type(error), error, error.__traceback__, chain=False)
    cause = getattr(error, "orig", error)
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
    kind = f"{type(error).__name__}: {getattr(cause, 'sqlstate', None)} {constraint or ''}"
    return [*traceback.format_tb(error.__traceback__), f"{kind.rstrip()}\n"]
