"""Shopee, Lazada, TikTok Shop and WooCommerce as their public contracts have them: `docs/sandbox-floors.md`."""
