"""The same two movements in every layout come out as the same two lines."""

import io
from datetime import UTC, date, datetime

import pytest

from core.errors import InvalidInput
from services.statements.layouts import ColumnMapping
from services.statements.lines import BalanceBreak, BrokenLine, Line
from services.statements.reading import read_statement
from tests.unit.services.statements.files import (
    BIDV,
    LETTERHEAD,
    MB_HEADER,
    MT940,
    TECHCOMBANK,
    VCB_HEADER,
    camt,
    camt_entry,
    delimited,
    workbook,
)


def facts(file, **options):
    read = read_statement(file, **options)
    lines = [found[1:4] if isinstance(found, Line) else found for found in read.found]
    return read.layout, lines


CAME = ("FT0000000001", 1_250_000, date(2026, 11, 2))
WENT = ("FT0000000002", -50_000, date(2026, 11, 3))


def test_vietcombank_workbook_below_a_letterhead_and_above_totals():
    rows = [
        *LETTERHEAD,
        VCB_HEADER,
        (1, "02/11/2026", "FT0000000001", "", "1,250,000", "IBFT tiền rau"),
        (2, "03/11/2026", "FT0000000002", "50,000", "", "HOAN TRA"),
        ("", "", "", "50,000", "1,250,000", "Tổng cộng"),
        ("Chứng từ được in tự động",),
    ]
    assert facts(workbook(rows)) == ("vietcombank", [CAME, WENT])


def test_mb_workbook_with_moments_dots_and_balances():
    rows = [
        *LETTERHEAD,
        MB_HEADER,
        ("02/11/2026 20:30:15", "FT0000000001", "", "1.250.000", "2.250.000", "IBFT"),
        ("03/11/2026 08:00:00", "FT0000000002", "50.000", "0", "2.200.000", "HOAN TRA"),
    ]
    read = read_statement(workbook(rows))
    lines = list(read.found)
    assert [line[1:4] for line in lines] == [CAME, WENT]
    assert read.layout == "mb"
    assert lines[0].booked_at == datetime(2026, 11, 2, 13, 30, 15, tzinfo=UTC)
    assert lines[0].number == 5
    assert lines[0].balance == 2_250_000


def test_workbook_whose_cells_are_numbers_and_dates():
    rows = [VCB_HEADER, (1, 0, "FT0000000001", None, 1_250_000.0, "IBFT"), (2, "", "", "", "", "")]
    file = workbook(rows)
    assert isinstance(facts(file)[1][0], BrokenLine)  # 0 is no day
    broken = facts(workbook([VCB_HEADER, (1, "02/11/2026", "FT0000000001", None, 1_250_000.5, "IBFT")]))[1]
    assert isinstance(broken[0], BrokenLine)


def test_formulas_are_never_believed():
    rows = [
        VCB_HEADER,
        (1, "02/11/2026", "FT0000000001", "", "=1000*1250", "IBFT"),
        (2, "03/11/2026", "FT0000000002", "50,000", "", "HOAN TRA"),
    ]
    assert facts(workbook(rows))[1] == [BrokenLine(2, "Ô số tiền là công thức"), WENT]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_bidv_in_every_unicode(encoding, newline):
    words = BIDV + "02-11-2026;FT0000000001;+1250000;Trả tiền mận\n03-11-2026;FT0000000002;-50000;HOAN TRA\n"
    assert facts(delimited(words.replace("\n", newline), encoding)) == ("bidv", [CAME, WENT])


def test_windows_1258_keeps_its_letters():
    words = BIDV.lstrip("\ufeff") + "02-11-2026;FT0000000001;+1250000;Tiền rau cô Đào\n"
    file = delimited(words.replace("ề", "ê\u0300"), "cp1258")
    (line,) = read_statement(file).found
    assert line.memo == "Tiê\u0300n rau cô Đào"


def test_techcombank_quoted_with_a_memo_over_two_lines():
    words = (
        TECHCOMBANK
        + '"2026-11-02","FT0000000001","","1,250,000.00","2,250,000.00","IBFT, rau\nva ca"\n'
        + '"2026-11-03","FT0000000002","50,000.00","","2,200,000.00","HOAN ""TRA"""\n'
    )
    read = read_statement(delimited(words))
    lines = list(read.found)
    assert [line[1:4] for line in lines] == [CAME, WENT]
    assert [line.memo for line in lines] == ["IBFT, rau va ca", 'HOAN "TRA"']
    assert [line.number for line in lines] == [2, 4]


def test_mt940_with_wrapped_notes_and_checked_balances():
    read = read_statement(delimited(MT940))
    first, second = read.found
    assert read.layout == "mt940"
    assert first[1:4] == ("FT0000000001", 250_000, date(2026, 11, 2))
    assert first.memo == "IBFT C0000000T thanh toan"
    assert second.amount == -50_000
    wrong = delimited(MT940.replace("VND1200000", "VND1200001"))
    assert list(read_statement(wrong).found)[-1] == BalanceBreak(11, 1_200_000, 1_200_001)


def test_mt940_with_a_broken_line_another_account_and_dollars():
    broken = MT940.replace(":61:2611031103D50000,", ":61:nonsense")
    assert [type(found) for found in read_statement(delimited(broken)).found] == [Line, BrokenLine]
    other = MT940.replace(":25:1900000001", ":25:1900000002")
    both = list(read_statement(delimited(MT940 + "\n" + other)).found)
    assert [type(found) for found in both] == [Line, Line, BrokenLine, BrokenLine]
    assert all(
        isinstance(found, BrokenLine)
        for found in read_statement(delimited(other), account="1900000001").found
    )
    dollars = list(read_statement(delimited(MT940.replace("VND", "USD"))).found)
    assert [type(found) for found in dollars] == [BrokenLine, BrokenLine]


def test_camt053_entries_single_and_gathered():
    parts = "".join(
        f'<TxDtls><Refs><AcctSvcrRef>FT{n}</AcctSvcrRef></Refs><Amt Ccy="VND">{amount}</Amt>'
        f"<RmtInf><Ustrd>note {n}</Ustrd></RmtInf></TxDtls>"
        for n, amount in ((2, 100_000), (3, 50_000))
    )
    file = camt(camt_entry("100000.00", "FT1", "note 1"), camt_entry("150000", "", "", more=parts))
    lines = list(read_statement(file).found)
    assert [(line.bank_reference, line.amount, line.memo) for line in lines] == [
        ("FT1", 100_000, "note 1"),
        ("FT2", 100_000, "note 2"),
        ("FT3", 50_000, "note 3"),
    ]
    assert lines[0].booked_at == datetime(2026, 11, 2, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_camt053_in_utf_16(encoding):
    words = camt(camt_entry("100000.00", "FT1", "tiền rau")).read().decode().replace("UTF-8", "UTF-16")
    mark = "" if encoding == "utf-16" else "\ufeff"
    line, *_ = read_statement(delimited(mark + words, encoding)).found
    assert (line.bank_reference, line.amount, line.memo) == ("FT1", 100_000, "tiền rau")


def test_camt053_takes_the_banks_own_reference_before_the_senders():
    def refs(**named):
        words = "".join(f"<{name}>{word}</{name}>" for name, word in named.items())
        return f'<TxDtls><Refs>{words}</Refs><Amt Ccy="VND">100000</Amt></TxDtls>'

    def entry(*parts, amount="100000", reference="<AcctSvcrRef>FT1</AcctSvcrRef>"):
        return camt_entry(amount, "", "", more="".join(parts)).replace("</Sts>", "</Sts>" + reference)

    sent, unsaid = refs(EndToEndId="TIENRAU"), refs(EndToEndId="NOTPROVIDED", TxId="NONREF")
    entries = (
        entry(sent),
        entry(refs(TxId="TX1", EndToEndId="TIENRAU")),
        entry(sent, reference=""),
        entry(unsaid, reference=""),
        entry(unsaid, refs(AcctSvcrRef="FT3"), amount="200000"),
    )
    lines = [item for item in read_statement(camt(*entries)).found if isinstance(item, Line)]
    found = [(line.bank_reference, line.gathered) for line in lines]
    assert found == [
        ("FT1", False),
        ("TX1", False),
        ("TIENRAU", False),
        ("", False),
        ("FT1", True),
        ("FT3", False),
    ]


def test_camt053_says_what_does_not_fit():
    dollars = camt(camt_entry("5", "FT1", "note", currency="USD"), camt_entry("250000", "FT2", "note"))
    assert [type(found) for found in read_statement(dollars).found] == [BrokenLine, Line]
    short = camt(camt_entry("250000", "FT1", "note", side="DBIT"))
    assert list(read_statement(short).found)[-1] == BalanceBreak(1, 750_000, 1_250_000)


def test_camt053_takes_no_entities():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><Document>&a;</Document>'
    with pytest.raises(InvalidInput):
        list(read_statement(delimited(bomb)).found)


def test_a_person_can_describe_an_unknown_layout():
    words = "ngày giờ|diễn giải|vào|ra\n2/11/2026 07:05|IBFT|1.250.000,00|\n03/11/2026||0|50.000\n"
    with pytest.raises(InvalidInput):
        read_statement(delimited(words))
    mapping = ColumnMapping("Quỹ", date="Ngày giờ", memo="Diễn giải", credit="Vào", debit="Ra", decimal=",")
    layout, lines = facts(delimited(words), mappings=[mapping])
    assert layout == "Quỹ"
    assert [line[1:] for line in lines] == [CAME[1:], WENT[1:]]


@pytest.mark.parametrize(
    "columns",
    [
        {"date": "", "credit": "c"},
        {},
        {"amount": "a", "credit": "c"},
        {"debit": "d"},
        {"credit": "c", "decimal": "x"},
    ],
)
def test_a_mapping_that_cannot_work_is_refused(columns):
    with pytest.raises(InvalidInput):
        ColumnMapping(**{"name": "x", "date": "d", "memo": "m"} | columns)


@pytest.mark.parametrize(
    "content", [b"", b" \n", b"PK\x03\x04nonsense", b"\x00\x01\x02" * 50, b"<a", b"a;b\n1;2\n"]
)
def test_what_is_no_statement_is_refused_as_a_whole(content):
    with pytest.raises(InvalidInput):
        list(read_statement(io.BytesIO(content)).found)
