"""What all floors share: the books, the faults that wait, the pace, and where the sandbox is reached."""

from dataclasses import dataclass, field

from sandbox.floors.books import Books
from sandbox.floors.faults import Faults
from sandbox.floors.pace import Pace
from sandbox.floors.pushes import Pushes


@dataclass
class House:
    books: Books
    pace: Pace
    address: str
    settle_after: float = 60.0
    """Seconds after which a delivered order is settled."""
    faults: Faults = field(default_factory=Faults)
    closed: set[tuple[str, int]] = field(default_factory=set)
    """Categories that a floor has closed, by floor and number."""
    pushes: Pushes = field(default_factory=Pushes)
