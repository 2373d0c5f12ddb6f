"""Statements as banks export them, of invented people and accounts."""

import io
from collections.abc import Sequence
from typing import BinaryIO

import xlsxwriter

VCB_HEADER = ("STT", "Ngày giao dịch", "Số tham chiếu", "Số tiền ghi nợ", "Số tiền ghi có", "Mô tả")
MB_HEADER = ("Ngày hạch toán", "Số bút toán", "Phát sinh nợ", "Phát sinh có", "Số dư", "Nội dung")
LETTERHEAD = (
    ("NGÂN HÀNG TMCP THỬ NGHIỆM",),
    (),
    ("SAO KÊ TÀI KHOẢN", "Số tài khoản: 1900000001", "Từ ngày 01/11/2026"),
)


def workbook(rows: Sequence[Sequence[object]]) -> BinaryIO:
    """An XLSX file whose only sheet holds `rows`; words that begin with = are formulas."""
    return sheets(rows)


def sheets(*contents: Sequence[Sequence[object]]) -> BinaryIO:
    """An XLSX file."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    for rows in contents:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write(number, place, cell)
    book.close()
    file.seek(0)
    return file


def delimited(words: str, encoding: str = "utf-8") -> BinaryIO:
    return io.BytesIO(words.encode(encoding))


BIDV = "\ufeffNGAN HANG THU NGHIEM\n\nNgay GD;Ma GD;So tien;Dien giai\n"
TECHCOMBANK = '"Date","Reference","Debit","Credit","Balance","Description"\n'
MT940 = """{1:F01TESTVNVXAXXX0000000000}{2:I940TESTVNVXN}{4:
:20:STMT0001
:25:1900000001
:28C:1/1
:60F:C261101VND1000000,00
:61:2611021102C250000,00NTRFNONREF//FT0000000001
:86:IBFT C0000000T
 thanh toan
:61:2611031103D50000,NTRFNONREF//FT0000000002
:86:HOAN TRA
:62F:C261103VND1200000,00
-}"""
CAMT053 = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Acct><Id><Othr><Id>1900000001</Id></Othr></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="VND">1000000</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="VND">{closing}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
{entries}
</Stmt></BkToCstmrStmt></Document>"""


def camt_entry(
    amount: str, reference: str, memo: str, side: str = "CRDT", currency: str = "VND", more: str = ""
) -> str:
    details = more or (
        f"<TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs>"
        f"<RmtInf><Ustrd>{memo}</Ustrd></RmtInf></TxDtls>"
    )
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><DtTm>2026-11-02T20:30:00+07:00</DtTm></BookgDt><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def camt(*entries: str, closing: int = 1_250_000) -> BinaryIO:
    return delimited(CAMT053.format(entries="".join(entries), closing=closing))
