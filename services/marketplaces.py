"""The floors that a listing can be put on today; each has a client in `gateways.marketplaces`."""

MARKETPLACES = ("vendure", "oscar", "medusa")
