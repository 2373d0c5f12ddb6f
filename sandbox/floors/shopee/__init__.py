"""Shopee Open Platform v2 as Vietnamese shops meet it."""
