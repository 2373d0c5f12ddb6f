"""What all floors share: the books, the faults that wait, the pace, and where the sandbox is reached."""

from dataclasses import dataclass, field

from sandbox.floors.books import Books
from sandbox.floors.faults import Faults
from sandbox.floors.pace import Pace


@dataclass
class House:
    books: Books
    pace: Pace
    address: str
    faults: Faults = field(default_factory=Faults)
