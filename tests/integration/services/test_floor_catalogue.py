"""Our copy of a floor's categories is what the floor told last."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateways.categories import FloorAttribute, GivenValue, Node, with_paths
from models import FloorCategory, FloorCategoryAttribute
from services.floor_catalogue import take_catalogue

TREE = (
    Node("1", "", "Thực phẩm", False),
    Node("2", "1", "Chè", True),
    Node("3", "1", "Mật ong", True),
)
ORIGIN = FloorAttribute("10", "Nơi làm ra", True, (), free_text=True)
STORAGE = FloorAttribute("11", "Bảo quản", True, (GivenValue("id:5", "Nơi khô"),), free_text=False)


def take(session: Session, *nodes: Node, **wanted: list[FloorAttribute]) -> int:
    told = {name.removeprefix("of_"): attributes for name, attributes in wanted.items()}
    closed = take_catalogue(session, "shopee", with_paths(nodes), told)
    session.commit()
    session.expire_all()
    return closed


def category(session: Session, number: str) -> FloorCategory:
    return session.get_one(FloorCategory, ("shopee", number))


def attributes(session: Session, number: str) -> list[tuple[str, str]]:
    query = (
        select(FloorCategoryAttribute).filter_by(category_id=number).order_by(FloorCategoryAttribute.place)
    )
    return [(one.attribute_id, one.name) for one in session.scalars(query)]


def test_a_tree_is_taken_over_with_what_its_leaves_want(session: Session) -> None:
    assert take(session, *TREE, of_2=[ORIGIN, STORAGE]) == 0
    tea, honey = category(session, "2"), category(session, "3")
    assert (tea.path, tea.folded_path) == ("Thực phẩm › Chè", "thuc pham › che")
    assert tea.is_open
    assert not category(session, "1").is_open
    assert attributes(session, "2") == [("10", "Nơi làm ra"), ("11", "Bảo quản")]
    assert tea.attributes_read_at
    assert honey.attributes_read_at is None
    (given,) = session.scalars(select(FloorCategoryAttribute.given).filter_by(attribute_id="11"))
    assert given == [{"value": "id:5", "name": "Nơi khô"}]


def test_what_is_gone_is_closed_and_what_comes_back_is_open_again(session: Session) -> None:
    take(session, *TREE, of_2=[ORIGIN])
    assert take(session, *TREE[:2]) == 1
    since = category(session, "3").closed_at
    assert since
    assert take(session, *TREE[:2]) == 0
    assert category(session, "3").closed_at == since, "it was closed once"
    take(session, *TREE)
    assert category(session, "3").is_open
    assert attributes(session, "2") == [("10", "Nơi làm ra")], "nobody asked for them again"


def test_names_and_wishes_that_changed_stand_instead_of_the_old_ones(session: Session) -> None:
    take(session, *TREE, of_2=[ORIGIN, STORAGE])
    renamed = FloorAttribute("11", "Cách bảo quản", False, (), free_text=True)
    take(session, TREE[0], Node("2", "1", "Trà", True), TREE[2], of_2=[renamed])
    assert category(session, "2").path == "Thực phẩm › Trà"
    assert attributes(session, "2") == [("11", "Cách bảo quản")]


def test_floors_do_not_close_each_others_categories(session: Session) -> None:
    take(session, *TREE)
    take_catalogue(session, "lazada", with_paths([Node("9", "", "Khác", True)]), {})
    session.expire_all()
    assert category(session, "2").is_open


def test_what_no_table_could_hold_is_left_out(session: Session) -> None:
    take(
        session,
        *TREE,
        Node("4", "1", " ", True),
        of_2=[FloorAttribute(" ", "x", True, (), True)],
        of_99=[ORIGIN],
    )
    assert session.get(FloorCategory, ("shopee", "4")) is None
    assert attributes(session, "2") == []
