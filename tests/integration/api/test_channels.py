"""Collection channels, without their credentials."""

from uuid import uuid4

from sqlalchemy.orm import Session

from tests import builders
from tests.integration.api.conftest import Place, Sign, assert_refused


def test_channels_of_a_market_and_of_its_direct_stalls(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    caller = as_(bac_ha.manager)
    items = caller.get(f"/channels?market_id={bac_ha.market.id}").json["items"]
    assert {item["id"] for item in items} == {str(bac_ha.channel.id), str(bac_ha.stall.channel_id)}
    assert {item["kind"]: (item["market_id"], item["seller_id"]) for item in items} == {
        "payos": (str(bac_ha.market.id), None),
        "direct": (None, str(bac_ha.seller.id)),
    }
    assert caller.get("/channels").json["items"] == items
    assert caller.get(f"/channels/{bac_ha.channel.id}").json in items
    assert caller.get(f"/channels?market_id={sa_pa.market.id}").json["items"] == []


def test_credentials_are_told_to_nobody(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(builders.make_administrator(session))
    for path in ("/channels", f"/channels/{bac_ha.channel.id}"):
        answer = caller.get(path)
        assert "credentials" not in answer.text
        assert "an-api-key" not in answer.text
        assert "a-checksum-key" not in answer.text


def test_keys_are_changed_and_never_told(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(builders.make_administrator(session))
    path = f"/channels/{bac_ha.channel.id}/credentials"
    keys = {"client_id": "new-client", "api_key": "new-api-key", "checksum_key": "new-checksum-key"}
    assert_refused(
        lambda body: caller.post(path, body),
        keys,
        [
            ("client_id", " "),
            ("api_key", 5),
            ("checksum_key", ["k"]),
            ("keep_old_days", 91),
            ("keep_old_days", "7"),
        ],
    )
    answer = caller.post(path, keys)
    assert (answer.status_code, answer.json["id"]) == (200, str(bac_ha.channel.id))
    assert answer.json["old_keys_until"]
    assert answer.json["webhook_confirmed_at"] is None
    for words in (answer.text, caller.get(f"/channels/{bac_ha.channel.id}").text):
        assert not [key for key in (*keys.values(), "a-checksum-key", "an-api-key") if key in words]
    direct = builders.make_stall(session, bac_ha.market).channel_id
    assert caller.post(f"/channels/{direct}/credentials", keys).status_code == 409
    assert as_(bac_ha.manager).post(path, keys).status_code == 403


OPENED = {"name": "payOS mới", "client_id": "own-client", "api_key": "own-api-key", "checksum_key": "own-sum"}


def test_manager_opens_a_channel_of_the_market_once(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    caller = as_(bac_ha.manager)
    good = {**OPENED, "id": str(uuid4()), "market_id": str(bac_ha.market.id)}
    assert_refused(
        lambda body: caller.post("/channels", body),
        good,
        [
            ("name", " "),
            ("client_id", "có dấu"),
            ("api_key", "two words"),
            ("checksum_key", ""),
            ("market_id", str(sa_pa.market.id)),
            ("market_id", None),
        ],
    )
    answer = caller.post("/channels", good)
    assert answer.status_code == 201
    assert answer.json["webhook_state"] == "trying"
    assert answer.json["market_id"] == str(bac_ha.market.id)
    again = caller.post("/channels", good)
    assert (again.status_code, again.json["id"]) == (200, answer.json["id"])
    path = f"/channels/{answer.json['id']}"
    for words in (answer.text, caller.get(path).text, caller.get("/channels").text):
        assert not [key for key in ("own-client", "own-api-key", "own-sum") if key in words]
    taken = caller.post("/channels", {**OPENED, "market_id": str(bac_ha.market.id)})
    assert taken.json["errors"].keys() == {"client_id"}
    both = {**OPENED, "market_id": str(bac_ha.market.id), "seller_id": str(bac_ha.seller.id)}
    assert caller.post("/channels", both).json["errors"].keys() == {"market_id"}
    assert as_(sa_pa.manager).post(f"{path}/confirm-webhook").status_code == 404
    assert caller.post(f"{path}/confirm-webhook").json["webhook_state"] == "trying"
    assert caller.post(f"/channels/{bac_ha.stall.channel_id}/confirm-webhook").status_code == 409


def test_sellers_own_channel_is_used_at_its_stalls_only(
    as_: Sign, bac_ha: Place, sa_pa: Place, session: Session
) -> None:
    caller = as_(bac_ha.manager)
    body = {**OPENED, "seller_id": str(bac_ha.seller.id)}
    assert as_(sa_pa.manager).post("/channels", body).json["errors"].keys() == {"seller_id"}
    channel = as_(bac_ha.manager).post("/channels", body).json
    assert (channel["market_id"], channel["seller_id"]) == (None, str(bac_ha.seller.id))
    listed = caller.get(f"/channels?market_id={bac_ha.market.id}").json["items"]
    assert channel["id"] in {item["id"] for item in listed}
    stall = f"/stalls/{bac_ha.stall.id}"
    assert caller.send("patch", stall, {}).json["errors"].keys() == {"channel_id"}
    changed = caller.send("patch", stall, {"channel_id": channel["id"]})
    assert (changed.status_code, changed.json["channel"]) == (200, {"id": channel["id"], "kind": "payos"})
    other = builders.make_stall(session, bac_ha.market)
    refused = caller.send("patch", f"/stalls/{other.id}", {"channel_id": channel["id"]})
    assert refused.json["errors"].keys() == {"channel_id"}
    assert caller.send("patch", f"/stalls/{sa_pa.stall.id}", {"channel_id": None}).status_code == 404
    assert as_(bac_ha.clerk).send("patch", stall, {"channel_id": None}).status_code == 403
    assert caller.send("patch", stall, {"channel_id": None}).json["channel"]["kind"] == "direct"
    homeless = builders.make_seller(session)
    administrator = as_(builders.make_administrator(session))
    refused = administrator.post("/channels", {**OPENED, "seller_id": str(homeless.id)})
    assert "quầy" in refused.json["errors"]["seller_id"][0]


SECRET = "an-invented-secret"


def test_manager_chooses_who_tells_of_an_accounts_money(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller, direct = as_(bac_ha.manager), bac_ha.stall.channel_id
    path = f"/channels/{direct}/notices"
    none = {
        "provider": None,
        "plain_key": False,
        "url": None,
        "old_keys_until": None,
        "last_notice_at": None,
        "other_account_notices": 0,
    }
    assert caller.get(path).json == none
    good: dict[str, object] = {"provider": "sepay", "secret": SECRET}
    assert_refused(
        lambda body: caller.send("put", path, body),
        good,
        [
            ("provider", "momo"),
            ("provider", ""),
            ("secret", "short"),
            ("secret", "with a blank inside it"),
            ("secret", "không dấu thì mới được"),
            ("secret", "x" * 201),
            ("keep_old_days", 91),
            ("plain_key", "perhaps"),
        ],
    )
    answer = caller.send("put", path, good)
    assert answer.status_code == 200
    assert answer.json == none | {
        "provider": "sepay",
        "url": f"http://127.0.0.1:8000/webhooks/sepay/{direct}",
    }
    assert caller.get(f"/channels/{direct}").json["notices_by"] == "sepay"
    again = caller.send("put", path, {**good, "secret": "the-newest-secret"})
    assert again.json["old_keys_until"]
    weaker = caller.send("put", path, {**good, "plain_key": True})
    assert (weaker.status_code, weaker.json["plain_key"]) == (200, True)
    other = caller.send("put", path, {"provider": "casso", "secret": "of-casso-16-letters"})
    assert (other.json["provider"], other.json["old_keys_until"]) == ("casso", None)
    for words in (answer.text, again.text, other.text, caller.get(f"/channels/{direct}").text):
        assert not [key for key in (SECRET, "the-newest-secret", "of-casso-16-letters") if key in words]
    assert caller.send("delete", path).json == none
    assert caller.send("delete", path).json == none


def test_only_direct_channels_of_the_own_market_are_told_of(
    as_: Sign, bac_ha: Place, sa_pa: Place, session: Session
) -> None:
    body = {"provider": "sepay", "secret": SECRET}
    manager, clerk = as_(bac_ha.manager), as_(bac_ha.clerk)
    assert manager.send("put", f"/channels/{bac_ha.channel.id}/notices", body).status_code == 409
    assert manager.send("put", f"/channels/{sa_pa.stall.channel_id}/notices", body).status_code == 404
    assert clerk.send("put", f"/channels/{bac_ha.stall.channel_id}/notices", body).status_code == 403
    administrator = as_(builders.make_administrator(session))
    assert administrator.send("put", f"/channels/{sa_pa.stall.channel_id}/notices", body).status_code == 200


def test_manager_of_one_of_a_sellers_markets_sets_nothing(
    as_: Sign, bac_ha: Place, sa_pa: Place, session: Session
) -> None:
    builders.make_stall(session, sa_pa.market, seller=bac_ha.seller)
    path = f"/channels/{bac_ha.stall.channel_id}/notices"
    manager = as_(bac_ha.manager)
    refused = manager.send("put", path, {"provider": "sepay", "secret": SECRET})
    assert (refused.status_code, "chợ khác" in refused.json["detail"]) == (403, True)
    assert manager.send("delete", path).status_code == 403
    assert manager.get(path).status_code == 200
