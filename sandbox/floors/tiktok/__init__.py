"""TikTok Shop's open API (202309 and what followed it) as Vietnamese shops meet it."""
