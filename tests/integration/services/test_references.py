"""A new code is never one that somebody bears already."""

import itertools

import pytest
from sqlalchemy.orm import Session

from core.reference_codes import ReferenceKind, new_reference
from services import references
from services.references import unused_references
from tests.builders import make_stall


def test_code_that_a_stall_bears_is_drawn_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, free, other = (
        make_stall(session).reference,
        *(new_reference(ReferenceKind.STALL) for _ in range(2)),
    )
    draws = itertools.chain([taken, free, free, other])
    monkeypatch.setattr(references, "new_reference", lambda kind: next(draws))
    assert set(unused_references(session, ReferenceKind.STALL, 2)) == {free, other}
