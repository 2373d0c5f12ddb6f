"""Notices of money to the merchants' webhooks: built, signed, sent in the background, written down."""

import json
import time
from typing import Any

import gevent
import gevent.queue
import urllib3

from sandbox.payos.books import Books, Row
from sandbox.payos.clients import CHECKSUM_KEY, CLIENTS, Client
from sandbox.payos.clock import vietnam_now, without_offset
from sandbox.payos.faults import OF_WEBHOOKS, Faults
from sandbox.payos.signing import sign_body

SENDERS = 16
ANSWER_SECONDS = 10
ANSWER_SHOWN = 200

SAMPLE = {
    "orderCode": 123,
    "amount": 3000,
    "description": "VQRIO123",
    "accountNumber": "12345678",
    "reference": "TF230204212323",
    "transactionDateTime": "2023-02-04 18:25:00",
    "currency": "VND",
    "paymentLinkId": "124c33293c43417ab7879e14c8d9eb18",
    "code": "00",
    "desc": "Thành công",
    "counterAccountBankId": "",
    "counterAccountBankName": "",
    "counterAccountName": "",
    "counterAccountNumber": "",
    "virtualAccountName": "",
    "virtualAccountNumber": "",
}
"""What payOS sends to a webhook that is to be confirmed: an order the merchant never made."""

PAYER = {
    "counterAccountBankId": "970415",
    "counterAccountBankName": "Ngân hàng thử nghiệm",
    "counterAccountName": "KHACH HANG THU",
    "counterAccountNumber": "10000000001",
}


class Notices:
    """Senders that each wait for one answer at a time, over kept connections; nothing is sent again."""

    def __init__(self, books: Books, faults: Faults) -> None:
        self._books = books
        self._faults = faults
        self._http = urllib3.PoolManager(maxsize=SENDERS, retries=False, timeout=ANSWER_SECONDS)
        self._queue: gevent.queue.Queue = gevent.queue.Queue()
        for _ in range(SENDERS):
            gevent.spawn(self._send_forever)

    def tell(self, link: Row, transfer: Row) -> None:
        """Have the client told of a transfer, as the faults that wait allow."""
        url = self._books.webhook(link["client_id"])
        fault = self._faults.take(OF_WEBHOOKS)
        kind = fault.kind if fault else ""
        if url is None or kind == "no_webhook":
            return
        job = (CLIENTS[link["client_id"]], url, notice_of(link, transfer))
        if fault and kind == "late_webhook":
            gevent.spawn_later(fault.seconds, self._queue.put, job)
            return
        self._queue.put(job)
        if fault and kind == "duplicate_webhook":
            for place in range(1, fault.times):
                gevent.spawn_later(place * fault.seconds, self._queue.put, job)

    def confirm(self, client: Client, url: str) -> bool:
        """Whether `url` answers the sample notice with success."""
        status = self._send(client, url, SAMPLE)
        return status is not None and 200 <= status < 300

    def _send_forever(self) -> None:
        while True:
            self._send(*self._queue.get())

    def _send(self, client: Client, url: str, data: dict[str, Any]) -> int | None:
        started, sent_at = time.monotonic(), vietnam_now()
        try:
            headers = {"Content-Type": "application/json"}
            answer = self._http.request("POST", url, body=body_of(data, client.checksum_key), headers=headers)
            status, text = answer.status, answer.data[:ANSWER_SHOWN].decode(errors="replace")
        except urllib3.exceptions.HTTPError as problem:
            status, text = None, type(problem).__name__
        self._books.insert(
            "deliveries",
            {
                "sent_at": sent_at,
                "client_id": client.id,
                "order_code": data["orderCode"],
                "reference": data["reference"],
                "url": url,
                "status": status,
                "answer": text,
                "seconds": round(time.monotonic() - started, 4),
            },
        )
        return status


def body_of(data: dict[str, Any], key: str = CHECKSUM_KEY) -> bytes:
    notice = {
        "code": "00",
        "desc": "success",
        "success": True,
        "data": data,
        "signature": sign_body(data, key),
    }
    return json.dumps(notice, ensure_ascii=False).encode()


def notice_of(link: Row, transfer: Row) -> dict[str, Any]:
    client = CLIENTS[link["client_id"]]
    return {
        "orderCode": link["order_code"],
        "amount": transfer["amount"],
        "description": link["description"],
        "accountNumber": client.account_number,
        "reference": transfer["reference"],
        "transactionDateTime": without_offset(transfer["occurred_at"]),
        "currency": "VND",
        "paymentLinkId": link["id"],
        "code": "00",
        "desc": "Thành công",
        **PAYER,
        "virtualAccountName": client.account_name,
        "virtualAccountNumber": link["account_number"],
    }
