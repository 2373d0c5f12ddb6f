import copy
import pickle

import pytest

from core.errors import BusinessError, Conflict, Forbidden, InvalidInput, NotFound, Text, text


def test_text_reads_filled_in_and_remembers_its_template() -> None:
    said = text("Số quầy %(number)s đã có", number=7)
    assert said == "Số quầy 7 đã có"
    assert said.template == "Số quầy %(number)s đã có"
    assert said.values == {"number": 7}


def test_text_without_values_is_itself() -> None:
    assert text("Giảm 5 %") == "Giảm 5 %"


def test_text_survives_copying_and_pickling() -> None:
    """Errors cross processes: a worker's outcome is read by another."""
    said = text("Số quầy %(number)s đã có", number=7)
    for other in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert (other, other.template, other.values) == (said, said.template, said.values)
        assert isinstance(other, Text)


@pytest.mark.parametrize(
    ("kind", "status"), [(BusinessError, 400), (NotFound, 404), (Forbidden, 403), (Conflict, 409)]
)
def test_errors_have_a_status_and_say_something(kind: type[BusinessError], status: int) -> None:
    assert kind.status == status
    assert kind().detail == kind.title
    assert str(kind(text("Quầy này đã có người thuê"))) == "Quầy này đã có người thuê"


def test_invalid_input_names_its_fields() -> None:
    wrong = InvalidInput.of("phone", text("Số điện thoại chưa đúng"))
    assert wrong.status == 422
    assert wrong.errors == {"phone": ["Số điện thoại chưa đúng"]}
    assert str(wrong) == InvalidInput.title
