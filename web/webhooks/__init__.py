"""Notices from providers: verified, stored, answered; thought about later."""
