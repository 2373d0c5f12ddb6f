"""The merchants that the sandbox knows: one payOS channel each, all invented."""

from dataclasses import dataclass

API_KEY = "sandbox-key"
CHECKSUM_KEY = "sandbox-checksum-key"
BIN = "970422"
BANK_NAME, BANK_SHORT_NAME = "Ngân hàng thử nghiệm", "THUNGHIEM"


@dataclass(frozen=True)
class Client:
    id: str
    account_number: str
    account_name: str
    api_key: str = API_KEY
    checksum_key: str = CHECKSUM_KEY


CLIENTS = {
    client.id: client
    for client in (
        Client("sandbox-client-1", "0800000001", "CHO THU NGHIEM MOT"),
        Client("sandbox-client-2", "0800000002", "CHO THU NGHIEM HAI"),
        Client("sandbox-client-3", "0800000003", "CHO THU NGHIEM BA"),
    )
}
