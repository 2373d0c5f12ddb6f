"""Paddy Pay, a collector that there is not: its folder as one in `gateways/` would be."""
