"""Days to be told of in any order: what moved, who tells of it, and in which steps. Drawn by Hypothesis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

ASKED = (50_000, 30_000, 50_000)
"""By requests 0 and 1 at stalls of the channel, 2 at a stall that is paid directly."""
DIRECT = 2
NOTES = ("code", "bent", "nonsense")
BANKS = st.sampled_from(["sepay", "casso", ""])
OWN_ACCOUNT = "190087654321"


@dataclass(frozen=True)
class Money:
    """`request` is None for money that nothing asked for; `minute` is when it moved, on a day on which requests
    expire at minute 30. A statement has it where there is a `note`, perhaps with the time of day."""

    request: int | None
    amount: int
    minute: int
    noticed: bool
    polled: bool
    note: str
    with_time: bool
    own: bool = False
    """The statement that has it is of the stall's own account, though its requests go through the channel."""
    bank: str = ""
    """Who told of it at once: `sepay`, `casso` or nobody."""
    virtual: bool = False
    """It came to the virtual account of the stall that is paid directly, as its bank says at once."""

    @property
    def by_channel(self) -> bool:
        return self.noticed or self.polled


@dataclass(frozen=True)
class Step:
    """Something that happens: money told of by a notice (`of` are numbers of money), by its bank or by a file, or a
    request polled, cancelled or expired (`request`)."""

    kind: str
    of: tuple[int, ...] = ()
    request: int = 0


@dataclass(frozen=True)
class Day:
    """`same_reference`: the bank's statements have the channel's references. Where they do not, theirs are of another
    form, and a line is known for the same transfer by its code alone."""

    same_reference: bool
    money: tuple[Money, ...]
    steps: tuple[Step, ...]


@st.composite
def channel_money(draw: st.DrawFn, notes: Sequence[str]) -> Money:
    return Money(
        draw(st.integers(0, 1)),
        draw(st.sampled_from([50_000, 30_000, 20_000, 10_000, 60_000])),
        draw(st.integers(1, 110)),
        *draw(st.sampled_from([(True, False), (False, True), (True, True)])),
        draw(st.sampled_from(["", *notes])),
        draw(st.booleans()),
    )


@st.composite
def own_money(draw: st.DrawFn, same_reference: bool) -> Money:
    """The whole sum of request 1: told by the channel, by the stall's own account, or by both."""
    noticed, polled = draw(st.sampled_from([(True, False), (False, True), (True, True), (False, False)]))
    note = draw(st.sampled_from(["code", "bent", *([""] if noticed or polled else [])]))
    bank = draw(BANKS) if note and same_reference else ""
    return Money(
        1,
        ASKED[1],
        draw(st.integers(1, 110)),
        noticed,
        polled,
        note,
        draw(st.booleans()),
        own=True,
        bank=bank,
    )


@st.composite
def other_money(draw: st.DrawFn, same_reference: bool) -> Money:
    """Orphans of the channel, and what comes to the direct account: for its request, by its stall's QR, or neither."""
    amount, minute, with_time = (
        draw(st.sampled_from([50_000, 20_000, 70_000])),
        draw(st.integers(1, 110)),
        draw(st.booleans()),
    )
    if draw(st.booleans()):
        note, bank = draw(st.sampled_from([*NOTES, "stall"])), draw(BANKS)
        virtual = bool(bank) and draw(st.booleans())
        return Money(DIRECT, amount, minute, False, False, note, with_time, bank=bank, virtual=virtual)
    told = [(True, ""), (False, "nonsense"), *([(True, "nonsense")] if same_reference else [])]
    noticed, note = draw(st.sampled_from(told))
    return Money(None, amount, minute, noticed, False, note, with_time)


@st.composite
def days(draw: st.DrawFn) -> Day:
    same_reference = draw(st.booleans())
    notes = NOTES if same_reference else ("code", "bent")
    ours, others = channel_money(notes), other_money(same_reference)
    if draw(st.booleans()):
        ours = st.one_of(ours.filter(lambda each: each.request == 0), own_money(same_reference))
    several = st.lists(
        st.one_of(ours, ours, others), min_size=1, max_size=6, unique_by=lambda each: (each.own, each.minute)
    )
    money = tuple(draw(several))
    noticed = _batches(draw, [n for n, each in enumerate(money) if each.noticed], "notice")
    banks = _batches(draw, [n for n, each in enumerate(money) if each.bank], "bank")
    files = [step for lines in lines_of(money) for step in _batches(draw, lines, "file")]
    wanted = {each.request for each in money if each.polled and each.request is not None}
    polls = [Step("poll", request=request) for request in sorted(wanted | draw(st.sets(st.integers(0, 1))))]
    minds = draw(
        st.lists(
            st.builds(Step, st.sampled_from(["cancel", "expire"]), request=st.integers(0, 2)), max_size=3
        )
    )
    told = [*noticed, *polls, *banks, *files]
    again = draw(st.lists(st.sampled_from([*told, Step("expire", request=2)]), max_size=3))
    return Day(same_reference, money, tuple(draw(st.permutations([*told, *minds, *again]))))


def _batches(draw: st.DrawFn, numbers: list[int], kind: str) -> list[Step]:
    """All of `numbers`, in any order, cut anywhere; some of them in two of the batches."""
    told = draw(st.permutations(numbers)) + (
        draw(st.lists(st.sampled_from(numbers), max_size=2)) if numbers else []
    )
    batches, rest = [], list(told)
    while rest:
        size = draw(st.integers(1, len(rest)))
        batches.append(Step(kind, tuple(rest[:size])))
        rest = rest[size:]
    return batches


def lines_of(money: Sequence[Money]) -> list[list[int]]:
    """By account: the channel's, the direct stall's, and the own one of a stall whose requests go through payOS."""
    told = [(n, each) for n, each in enumerate(money) if each.note]
    return [
        [n for n, each in told if each.request != DIRECT and not each.own],
        [n for n, each in told if each.request == DIRECT],
        [n for n, each in told if each.own],
    ]


def plain(day: Day, taken: Iterable[int]) -> Day:
    """The same, told plainly."""
    money = day.money
    by_time = sorted(range(len(money)), key=lambda n: money[n].minute)
    notices = [Step("notice", (n,)) for n in by_time if money[n].noticed]
    polled = sorted({step.request for step in day.steps if step.kind == "poll"})
    banks = [Step("bank", (n,)) for n in by_time if money[n].bank]
    files = [Step("file", tuple(n for n in by_time if n in lines)) for lines in lines_of(money)]
    ends = [step for step in day.steps if step.kind == "expire"]
    cancels = [Step("cancel", request=request) for request in taken]
    polls = [Step("poll", request=request) for request in polled]
    return replace(
        day, steps=(*cancels, *notices, *polls, *banks, *(file for file in files if file.of), *ends)
    )
