"""A WooCommerce shop's REST API v3, with what is known of its SKUs."""
