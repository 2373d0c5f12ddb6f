"""Labels of a Lazada store's parcels."""

import base64
import json
from collections.abc import Sequence

from gateways.labels import ParcelLabel, StillPrinting
from gateways.marketplaces.lazada.api import LazadaApi
from gateways.marketplaces.lazada.orders import open_items, result_of
from gateways.marketplaces.slips import pdf


class LazadaLabelDesk:
    """A `LabelDesk` of one seller."""

    def __init__(self, api: LazadaApi) -> None:
        self._api = api

    def fetch_labels(self, external_id: str) -> Sequence[ParcelLabel]:
        """One document for all parcels of the order."""
        items = open_items(self._api, external_id)
        packages = sorted({str(item["package_id"]) for item in items if item.get("package_id")})
        if not packages:
            raise StillPrinting(f"{external_id} is not packed yet")
        wish = {"doc_type": "PDF", "packages": [{"package_id": package} for package in packages]}
        path = "/order/package/document/get"
        told = result_of(self._api.post(path, external_id, getDocumentReq=json.dumps(wish)))
        numbers = sorted({str(item["tracking_code"]) for item in items if item.get("tracking_code")})
        return [ParcelLabel(", ".join(numbers) or None, self._content(told))]

    def _content(self, told: dict[str, str]) -> bytes:
        """Told where it stands, or whole."""
        if told.get("pdf_url"):
            return self._api.download(told["pdf_url"])
        return pdf(base64.b64decode(told["file"]))
