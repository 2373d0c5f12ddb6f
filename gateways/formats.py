"""The providers behind collection channels. Each is a folder beside this that says in its `channel.py` what it is: who
collects by order, or how a bank's movements are told. A new one is a new folder."""

from importlib import import_module
from pathlib import Path

import gateways
from gateways.collecting import Collector
from gateways.ports import NoticeFormat


def _declared() -> list[Collector | NoticeFormat]:
    folders = [
        file.parent.name for path in gateways.__path__ for file in sorted(Path(path).glob("*/channel.py"))
    ]
    return [import_module(f"gateways.{name}.channel").CHANNEL for name in folders]


_DECLARED = _declared()

COLLECTORS: dict[str, Collector] = {each.name: each for each in _DECLARED if isinstance(each, Collector)}
"""They open, tell of and close orders: the kinds of channels that are not *direct*."""

BANK_FORMATS: dict[str, NoticeFormat] = {
    each.name: each for each in _DECLARED if not isinstance(each, Collector)
}
"""Of movements on the account itself: these confirm a *direct* channel."""

FORMATS: dict[str, NoticeFormat] = {
    **{name: collector.notices for name, collector in COLLECTORS.items()},
    **BANK_FORMATS,
}
"""Every way in which a collection channel tells of money, by the name in its address."""
