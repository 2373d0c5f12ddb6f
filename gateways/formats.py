"""Every way in which a collection channel tells of money. A new one is a folder beside this, and its line here."""

from gateways.casso.webhook import CassoNotices
from gateways.payos.webhook import PayosNotices
from gateways.ports import NoticeFormat
from gateways.sepay.webhook import SepayNotices

PAYOS = PayosNotices.name

BANK_FORMATS: dict[str, NoticeFormat] = {each.name: each for each in (SepayNotices(), CassoNotices())}
"""Of movements on the account itself: these confirm a *direct* channel."""

FORMATS: dict[str, NoticeFormat] = {PAYOS: PayosNotices(), **BANK_FORMATS}
