"""TikTok Shop's open API: `docs/floors/tiktok.md`."""
