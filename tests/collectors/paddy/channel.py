"""Paddy Pay as a collector."""

from core.errors import text
from gateways.collecting import Collector, Key
from gateways.paddy.webhook import PaddyNotices

CHANNEL = Collector(
    notices=PaddyNotices(),
    url="https://paddy.invalid",
    keys=(Key("shop", text("Shop")), Key("token", text("Token")), Key("seal", text("Seal"))),
    client="shop",
    proof="seal",
    wrong_proof=text("Paddy's seal is wrong"),
    steps=(text("Copy the three keys of the shop."),),
    payer={"bin": "bank", "account_number": "number", "holder_name": "name"},
    pays_out=True,
)
