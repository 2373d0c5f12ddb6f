"""Photos of products: sent, made ready, put in order, taken away, and shown to everybody."""

import io
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import MOST_PHOTOS, Listing, Photo, PhotoFile, PhotoSize
from tests.integration.api.conftest import Caller, Place, Sign
from tests.integration.workers.harness import carry
from tests.unit.core.test_images import photo


@pytest.fixture
def caller(as_: Sign, bac_ha: Place) -> Caller:
    return as_(bac_ha.stallholder)


def send(caller: Caller, place: Place, content: bytes, **form: str):  # type: ignore[no-untyped-def]
    file = (io.BytesIO(content), "mận.jpg")
    return caller.post(
        f"/products/{place.product.id}/photos",
        data={"file": file, **form},
        content_type="multipart/form-data",
    )


def shown(caller: Caller, place: Place) -> list[dict]:  # type: ignore[type-arg]
    return caller.get(f"/products/{place.product.id}/photos").json["items"]


def test_a_photo_is_made_ready_and_shown_to_everybody(
    caller: Caller, bac_ha: Place, session: Session
) -> None:
    made = send(caller, bac_ha, photo())
    assert (made.status_code, made.json["status"], made.json["urls"]) == (201, "waiting", {})
    carry()
    (ready,) = shown(caller, bac_ha)
    assert (ready["status"], set(ready["urls"])) == ("ready", {"small", "medium", "large"})
    path = ready["urls"]["small"].removeprefix("http://localhost")
    answer = caller.client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert "immutable" in answer.headers["Cache-Control"]
    assert caller.client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert caller.client.get(path.replace("small", "original")).status_code == 404
    assert PhotoSize.ORIGINAL not in set(session.scalars(select(PhotoFile.size)))


def test_the_same_photo_is_one(caller: Caller, bac_ha: Place) -> None:
    name = str(uuid4())
    assert [send(caller, bac_ha, photo(), id=name).status_code for _ in range(2)] == [201, 200]
    assert send(caller, bac_ha, photo()).status_code == 200
    assert len(shown(caller, bac_ha)) == 1


def test_no_photo_is_refused_beside_its_field(caller: Caller, bac_ha: Place) -> None:
    answer = send(caller, bac_ha, b"%PDF-1.7")
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["file"])
    assert shown(caller, bac_ha) == []


def test_one_that_cannot_be_read_says_so_and_is_not_kept(
    caller: Caller, bac_ha: Place, session: Session
) -> None:
    send(caller, bac_ha, photo()[:2_000])
    carry()
    (refused,) = shown(caller, bac_ha)
    assert refused["status"] == "refused"
    assert "chụp lại" in refused["problem"]
    assert session.scalar(select(func.count()).select_from(PhotoFile)) == 0


def test_order_and_removal_leave_no_gaps(caller: Caller, bac_ha: Place) -> None:
    ids = [send(caller, bac_ha, photo(400 + n, 400)).json["id"] for n in range(4)]
    path = f"/products/{bac_ha.product.id}/photos"
    turned = caller.post(f"{path}/order", {"photo_ids": ids[::-1]}).json["items"]
    assert [(one["id"], one["position"]) for one in turned] == [(ids[3 - n], n + 1) for n in range(4)]
    for _ in range(2):
        assert (
            caller.client.delete(
                f"/api/v1{path}/{ids[2]}", headers={"Authorization": f"Bearer {caller.token}"}
            ).status_code
            == 204
        )
    assert [(one["id"], one["position"]) for one in shown(caller, bac_ha)] == [
        (ids[3], 1),
        (ids[1], 2),
        (ids[0], 3),
    ]
    for wrong in (ids, ids[:1], [ids[0]] * 3, [*ids[:2], str(uuid4())]):
        refused = caller.post(f"{path}/order", {"photo_ids": wrong})
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["photo_ids"])


def test_no_more_than_floors_show(caller: Caller, bac_ha: Place) -> None:
    answers = [send(caller, bac_ha, photo(400 + n, 400)).status_code for n in range(MOST_PHOTOS + 1)]
    assert answers == [201] * MOST_PHOTOS + [409]


def test_others_may_neither_see_nor_send(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    stranger = as_(sa_pa.stallholder)
    assert send(stranger, bac_ha, photo()).status_code == 404
    assert stranger.get(f"/products/{bac_ha.product.id}/photos").status_code == 404


def test_photos_of_an_approved_listing_wait_and_those_taken_away_are_gone_at_once(
    caller: Caller, bac_ha: Place, session: Session
) -> None:
    listing = session.scalars(select(Listing).where(Listing.product_id == bac_ha.product.id)).one()
    path = f"/products/{bac_ha.product.id}/photos"

    def approve() -> int:
        return int(caller.post(f"/listings/{listing.id}/approve").json["version"])

    def asked_for() -> int:
        session.expire_all()
        (publication,) = session.get_one(Listing, listing.id).publications
        return publication.desired_version

    approved = approve()
    first, second = (UUID(send(caller, bac_ha, photo(400 + n, 400)).json["id"]) for n in range(2))
    carry()
    assert asked_for() == approved, "a floor is not asked for photos that nobody approved"
    approved = approve()
    assert asked_for() == approved
    caller.post(f"{path}/order", {"photo_ids": [str(second), str(first)]})
    assert session.get_one(Photo, second).position == 1
    assert asked_for() == approved
    headers = {"Authorization": f"Bearer {caller.token}"}
    caller.client.delete(f"/api/v1{path}/{first}", headers=headers)
    assert asked_for() == session.get_one(Listing, listing.id).version > approved


def test_a_photo_that_was_approved_before_it_was_ready_goes_out_then(
    caller: Caller, bac_ha: Place, session: Session
) -> None:
    send(caller, bac_ha, photo())
    approved = caller.post(f"/listings/{bac_ha.listing.id}/approve").json["version"]
    carry()
    session.expire_all()
    listing = session.get_one(Listing, bac_ha.listing.id)
    assert [one.desired_version for one in listing.publications] == [approved + 1]
    assert caller.get(f"/listings/{listing.id}").json["waiting"] == []
