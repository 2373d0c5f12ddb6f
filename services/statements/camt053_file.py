"""ISO 20022 camt.053: entries with their transactions, one at a time, in any version of the schema."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from core.errors import InvalidInput, Text, text
from services.statements.amounts import amount_reader
from services.statements.dates import When, read_when
from services.statements.letterhead import OTHER_ACCOUNT, digits
from services.statements.lines import BalanceBreak, BrokenLine, Found, Line, Unreadable
from services.statements.staging import is_reference
from services.statements.table import LONGEST_MEMO, LONGEST_REFERENCE, cleaned

OPENING, CLOSING = {"OPBD", "PRCD"}, {"CLBD"}
_amount = amount_reader(".")


def read_camt053(file: BinaryIO, account: str | None) -> Iterator[Found]:
    """The movements of one account: `account`, or the file's first. `number` counts the transactions."""
    reader = _Reader(account)
    parents: list[Element] = []
    try:
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            element.tag = element.tag.rpartition("}")[2]
            if event == "start":
                parents.append(element)
                continue
            parents.pop()
            yield from reader.take(element, parents[-1].tag if parents else "")
            if element.tag in ("Ntry", "Bal", "Stmt") and parents:
                parents[-1].remove(element)
    except (ParseError, DefusedXmlException) as error:
        raise InvalidInput.of("file", text("Tệp camt.053 này bị hỏng")) from error


class _Reader:
    """What a statement's head means for its entries."""

    def __init__(self, account: str | None) -> None:
        self._account = digits(account) if account else None
        self._other_account = False
        self._number = 0
        self._balance: int | None = None
        self._closing: int | None = None

    def take(self, element: Element, parent: str) -> Iterator[Found]:
        if parent == "Stmt" and element.tag == "Acct":
            self._begin(element)
        elif element.tag == "Bal":
            self._note_balance(element)
        elif element.tag == "Ntry":
            yield from self._entry(element)
        elif element.tag == "Stmt":
            yield from self._checked()

    def _checked(self) -> Iterator[Found]:
        if self._balance is not None and self._closing is not None and self._balance != self._closing:
            yield BalanceBreak(self._number, self._balance, self._closing)

    def _begin(self, element: Element) -> None:
        self._balance = self._closing = None
        found = digits(_text(element, "Id/IBAN") or _text(element, "Id/Othr/Id"))
        self._account = self._account or found
        self._other_account = bool(found) and found != self._account

    def _note_balance(self, element: Element) -> None:
        kind = _text(element, "Tp/CdOrPrtry/Cd")
        try:
            if kind in OPENING:
                self._balance = _signed(element)
            elif kind in CLOSING:
                self._closing = _signed(element)
        except Unreadable:
            self._balance = None

    def _entry(self, entry: Element) -> Iterator[Found]:
        if _text(entry, "Sts") in ("PDNG", "INFO") or _text(entry, "Sts/Cd") in ("PDNG", "INFO"):
            return
        parts = entry.findall("NtryDtls/TxDtls")
        try:
            if self._other_account:
                raise Unreadable(OTHER_ACCOUNT)
            total, when = _signed(entry), _when(entry)
            if self._balance is not None:
                self._balance += total
        except Unreadable as problem:
            self._balance = None
            yield self._broken(problem.reason)
            return
        if len(parts) < 2:
            yield self._line(entry, parts[0] if parts else entry, total, when)
        else:
            yield from self._parts(entry, parts, total, when)

    def _parts(self, entry: Element, parts: list[Element], total: int, when: When) -> Iterator[Found]:
        """An entry that gathers several transfers: each is a line, if together they are the entry."""
        try:
            amounts = [_signed(part, entry) for part in parts]
            if sum(amounts) != total:
                raise Unreadable(text("Các phần của bút toán không khớp tổng"))
        except Unreadable as problem:
            yield self._broken(problem.reason)
            return
        for part, amount in zip(parts, amounts, strict=True):
            yield self._line(entry, part, amount, when, gathered=True)

    def _line(
        self, entry: Element, part: Element, amount: int, when: When, *, gathered: bool = False
    ) -> Found:
        self._number += 1
        own = _first_reference((part, "Refs/AcctSvcrRef"), (part, "Refs/TxId"))
        reference = own or _first_reference((entry, "AcctSvcrRef"), (part, "Refs/EndToEndId"))
        notes = [note.text or "" for note in part.findall("RmtInf/Ustrd")]
        memo = " ".join(notes) or _text(part, "AddtlTxInf") or _text(entry, "AddtlNtryInf")
        if not amount:
            return BrokenLine(self._number, text("Dòng này không có số tiền"))
        words = cleaned(reference, LONGEST_REFERENCE), amount, *when, cleaned(memo, LONGEST_MEMO)
        return Line(self._number, *words, gathered=gathered and not own)

    def _broken(self, reason: Text) -> BrokenLine:
        self._number += 1
        return BrokenLine(self._number, reason)


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _first_reference(*named: tuple[Element, str]) -> str:
    """The bank's own come before what whoever sent the money wrote."""
    return next((found for where, path in named if is_reference(found := _text(where, path))), "")


def _when(entry: Element) -> When:
    for path in ("BookgDt/DtTm", "BookgDt/Dt", "ValDt/DtTm", "ValDt/Dt"):
        if words := _text(entry, path):
            return _zoned(words)
    raise Unreadable(text("Không có ngày giao dịch"))


def _zoned(words: str) -> When:
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        raise Unreadable(text("Không đọc được ngày: %(cell)s", cell=words[:40])) from None
    if moment.tzinfo is None:
        return read_when(words[:19])
    return read_when(words[:10])[0], moment.astimezone(UTC)


def _signed(element: Element, parent: Element | None = None) -> int:
    """Its amount in đồng: a credit adds, a debit takes away."""
    amount = element.find("Amt")
    if amount is None:
        amount = element.find("AmtDtls/TxAmt/Amt")
    if amount is None or not amount.text:
        raise Unreadable(text("Dòng này không có số tiền"))
    if amount.get("Ccy") != "VND":
        raise Unreadable(text("Không phải đồng Việt Nam: %(unit)s", unit=amount.get("Ccy")))
    value = _amount(amount.text.strip())
    side = _text(element, "CdtDbtInd") or (_text(parent, "CdtDbtInd") if parent is not None else "")
    if side not in ("CRDT", "DBIT") or value < 0:
        raise Unreadable(text("Không rõ ghi có hay ghi nợ"))
    return value if side == "CRDT" else -value
