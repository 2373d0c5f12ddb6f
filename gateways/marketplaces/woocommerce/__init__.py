"""WooCommerce's REST API v3: `docs/floors/woocommerce.md`."""
