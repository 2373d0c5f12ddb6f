"""The demo: three real markets, invented people, three months of payments, all through the product's own
services."""

from services.demo.seeding import has_users, is_seeded, seed

__all__ = ["has_users", "is_seeded", "seed"]
