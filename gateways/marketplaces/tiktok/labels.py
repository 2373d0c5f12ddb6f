"""Labels of a TikTok Shop's parcels."""

from collections.abc import Sequence

from gateways.labels import ParcelLabel, StillPrinting
from gateways.marketplaces.tiktok.api import TiktokApi
from gateways.marketplaces.tiktok.orders import BY_TIKTOK, get_order


class TiktokLabelDesk:
    """A `LabelDesk` of one shop."""

    def __init__(self, api: TiktokApi) -> None:
        self._api = api

    def fetch_labels(self, external_id: str) -> Sequence[ParcelLabel] | None:
        order = get_order(self._api, external_id)
        if order.get("shipping_type") != BY_TIKTOK:
            return None
        packages = order.get("packages") or []
        if not packages:
            raise StillPrinting(f"{external_id} has no package yet")
        return [self._label(external_id, str(package["id"])) for package in packages]

    def _label(self, external_id: str, package: str) -> ParcelLabel:
        path = f"/fulfillment/202309/packages/{package}/shipping_documents"
        told = self._api.get(path, external_id, document_type="SHIPPING_LABEL")
        return ParcelLabel(told.get("tracking_number") or None, self._api.download(told["doc_url"]))
