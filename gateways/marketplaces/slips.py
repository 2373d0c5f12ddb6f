"""Labels of parcels as files: what floors send must be one, and come from where they say."""

from urllib.parse import urlsplit

import requests

from gateways.errors import GatewayUnavailable
from gateways.marketplaces.base import send

LARGEST = 5_000_000
"""Bytes. A label is some ten thousand."""


def pdf(content: bytes) -> bytes:
    """The content. Raises GatewayUnavailable for what is no PDF, or no label by its size."""
    if not content.startswith(b"%PDF-"):
        raise GatewayUnavailable("a label that is no PDF")
    if len(content) > LARGEST:
        raise GatewayUnavailable(f"a label of {len(content)} bytes")
    return content


def fetch_pdf(session: requests.Session, base_url: str, url: str, timeout: float) -> bytes:
    """What stands at `url`, which must be no less private than the floor's own address: it shows a buyer. Raises
    GatewayUnavailable."""
    if urlsplit(url).scheme not in {"https", urlsplit(base_url).scheme}:
        raise GatewayUnavailable("a label at an address that is not private")
    response = send(session, "GET", url, timeout)
    if not response.ok:
        raise GatewayUnavailable(f"HTTP {response.status_code} in the place of a label")
    return pdf(response.content)
