"""Vendure 3.7, a marketplace server that speaks GraphQL (`docs/floors/vendure.md`)."""
