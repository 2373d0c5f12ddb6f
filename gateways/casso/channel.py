"""Casso, which tells of movements on direct channels' accounts."""

from gateways.casso.webhook import CassoNotices

CHANNEL = CassoNotices()
