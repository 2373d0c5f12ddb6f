"""Lazada Open Platform as Vietnamese sellers meet it."""
