"""SePay, which tells of movements on direct channels' accounts."""

from gateways.sepay.webhook import SepayNotices

CHANNEL = SepayNotices()
