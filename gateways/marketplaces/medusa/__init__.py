"""Medusa 2, a shop server with a REST API and no pages of its own (`docs/floors/medusa.md`)."""
