"""Shopee Open Platform v2: `docs/floors/shopee.md`."""
