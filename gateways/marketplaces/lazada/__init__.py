"""Lazada Open Platform: `docs/floors/lazada.md`."""
