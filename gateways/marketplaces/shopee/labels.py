"""Labels of a Shopee shop's parcels. An order that is not split is one parcel."""

from collections.abc import Sequence
from typing import Any

from gateways.errors import GatewayRejected
from gateways.labels import ParcelLabel, StillPrinting
from gateways.marketplaces.shopee.api import ShopeeApi
from gateways.marketplaces.shopee.refusals import refusal

LOGISTICS = "/api/v2/logistics"
KIND = {"shipping_document_type": "NORMAL_AIR_WAYBILL"}
"""The one that is a PDF."""


class ShopeeLabelDesk:
    """A `LabelDesk` of one shop."""

    def __init__(self, api: ShopeeApi) -> None:
        self._api = api

    def fetch_labels(self, external_id: str) -> Sequence[ParcelLabel]:
        """The number comes from the carrier, some time after the parcel was arranged; the label is made only then."""
        told = self._api.get(f"{LOGISTICS}/get_tracking_number", external_id, order_sn=external_id)
        number = told.get("tracking_number")
        if not number:
            raise StillPrinting(f"{external_id} has no tracking number yet")
        parcel = {"order_sn": external_id, **KIND}
        self._ask("create_shipping_document", external_id, parcel | {"tracking_number": number})
        if self._ask("get_shipping_document_result", external_id, parcel).get("status") != "READY":
            raise StillPrinting(f"the label of {external_id} is not ready")
        path = f"{LOGISTICS}/download_shipping_document"
        content = self._api.download(path, external_id, **KIND, order_list=[{"order_sn": external_id}])
        return [ParcelLabel(str(number), content)]

    def _ask(self, call: str, external_id: str, parcel: dict[str, Any]) -> dict[str, Any]:
        """What is said of the only parcel that is asked about."""
        told = self._api.post(f"{LOGISTICS}/{call}", external_id, order_list=[parcel])
        result: dict[str, Any] = told["result_list"][0]
        code, said = str(result.get("fail_error") or ""), str(result.get("fail_message") or "")
        if code:
            raise refusal(code, said)
        if result.get("status") == "FAILED":
            raise GatewayRejected(f"Shopee could not print the label of {external_id}")
        return result
