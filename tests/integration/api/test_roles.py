"""Who may call what: the table of the interface, written down a second time."""

import re

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import Role, User
from tests import builders
from tests.integration.api.conftest import BASE, Caller, Place, Sign

CLERK, HOLDER, MANAGER, OFFICER = Role.CLERK, Role.STALLHOLDER, Role.MANAGER, Role.OFFICER
GOODS = {CLERK, HOLDER, Role.SELLER}
MONEY = {HOLDER, MANAGER}
PEOPLE = {CLERK, MANAGER}
PLACES = {CLERK, HOLDER, MANAGER}

CALLS: dict[tuple[str, str], set[Role]] = {
    ("GET", "/admin-units"): {*Role},
    ("GET", "/households"): {CLERK},
    ("POST", "/households"): {CLERK},
    ("GET", "/households/{household}"): {CLERK},
    ("PATCH", "/households/{household}"): {CLERK},
    ("POST", "/households/{household}/verify"): {CLERK},
    ("POST", "/households/{household}/merge"): {CLERK},
    ("POST", "/national-ids/parse"): {CLERK},
    ("GET", "/sellers"): PEOPLE,
    ("POST", "/sellers"): PEOPLE,
    ("GET", "/sellers/{seller}"): PEOPLE,
    ("GET", "/markets"): PLACES,
    ("POST", "/markets"): set(),
    ("GET", "/markets/{market}"): PLACES,
    ("PATCH", "/markets/{market}"): {MANAGER},
    ("GET", "/markets/{market}/cards.pdf"): PEOPLE,
    ("GET", "/markets/{market}/reports/payments"): {MANAGER},
    ("GET", "/markets/{market}/reports/payments.csv"): {MANAGER},
    ("GET", "/stalls"): PLACES,
    ("POST", "/stalls"): PEOPLE,
    ("GET", "/stalls/{stall}"): PLACES,
    ("PATCH", "/stalls/{stall}"): {MANAGER},
    ("POST", "/stalls/{stall}/close"): {MANAGER},
    ("POST", "/stalls/{stall}/reopen"): {MANAGER},
    ("GET", "/stalls/{stall}/qr.svg"): PLACES,
    ("GET", "/stalls/{stall}/card.pdf"): PLACES,
    ("GET", "/stalls/{stall}/events"): MONEY,
    ("GET", "/channels"): PEOPLE,
    ("GET", "/channels/{channel}"): PEOPLE,
    ("POST", "/channels"): {MANAGER},
    ("POST", "/channels/{channel}/confirm-webhook"): {MANAGER},
    ("POST", "/channels/{channel}/credentials"): set(),
    ("GET", "/channels/{channel}/notices"): {MANAGER},
    ("PUT", "/channels/{channel}/notices"): {MANAGER},
    ("DELETE", "/channels/{channel}/notices"): {MANAGER},
    ("GET", "/channels/{channel}/virtual-accounts"): {MANAGER},
    ("PUT", "/channels/{channel}/virtual-accounts/{stall}"): {MANAGER},
    ("DELETE", "/channels/{channel}/virtual-accounts/{stall}"): {MANAGER},
    ("GET", "/payment-requests"): MONEY,
    ("POST", "/payment-requests"): MONEY,
    ("GET", "/payment-requests/{request}"): MONEY,
    ("POST", "/payment-requests/{request}/cancel"): MONEY,
    ("GET", "/payments"): MONEY,
    ("GET", "/reconciliation/exceptions"): {MANAGER},
    ("GET", "/journal/balance"): {MANAGER},
    ("GET", "/products"): GOODS,
    ("POST", "/products"): GOODS,
    ("GET", "/products/{product}"): GOODS,
    ("PATCH", "/products/{product}"): GOODS,
    ("GET", "/listings"): GOODS,
    ("POST", "/listings"): GOODS,
    ("GET", "/listings/{listing}"): GOODS,
    ("PATCH", "/listings/{listing}"): GOODS,
    ("POST", "/listings/{listing}/approve"): GOODS,
    ("POST", "/listings/{listing}/withdraw"): GOODS,
    ("POST", "/listings/{listing}/retry"): GOODS,
    ("GET", "/listings/{listing}/publications"): GOODS,
    ("POST", "/listings/{listing}/publications/vendure/claim"): GOODS,
    ("GET", "/listings/{listing}/drafts"): GOODS,
}
AREAS = {
    "units",
    "households",
    "national-ids",
    "sellers",
    "markets",
    "stalls",
    "channels",
    "virtual-accounts",
    "payment-requests",
    "payments",
    "events",
    "reconciliation",
    "products",
    "listings",
    "reports",
}
MANAGER_MAY_KNOW = {("GET", "/sellers/{seller}")}
"""A manager opens any seller by its id, to give it a stall."""


def ids_of(place: Place) -> dict[str, str]:
    names = ("household", "seller", "market", "stall", "channel", "request", "product", "listing")
    return {name: str(getattr(place, name).id) for name in names}


def people_of(place: Place) -> dict[Role, User]:
    return {
        CLERK: place.clerk,
        HOLDER: place.stallholder,
        Role.SELLER: place.seller_account,
        MANAGER: place.manager,
    }


def call(caller: Caller, method: str, path: str, body: dict[str, str] | None = None) -> TestResponse:
    """A stream is not read to its end; what changes something is sent an empty body where none is given."""
    if method == "GET":
        return caller.get(path, buffered=False)
    return caller.send(method, path, body or {})


def test_table_names_every_call_of_its_areas(app: Flask) -> None:
    written = {
        (method, _template(rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] in AREAS
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert written == set(CALLS)


def _template(rule: str) -> str:
    path = re.sub(r"<uuid:(\w+)_id>", r"{\1}", rule.removeprefix(BASE)).replace("<marketplace>", "vendure")
    return re.sub(r"<any\(.*\):form>", "svg", path)


def test_nobody_calls_without_a_token(nobody: Caller, bac_ha: Place) -> None:
    for method, template in CALLS:
        answer = call(nobody, method, template.format(**ids_of(bac_ha)))
        assert (answer.status_code, answer.content_type) == (401, "application/problem+json"), template


def test_role_that_may_not_is_refused_in_its_own_place(as_: Sign, bac_ha: Place, session: Session) -> None:
    people = people_of(bac_ha) | {
        OFFICER: builders.make_officer(session),
        Role.ADMINISTRATOR: builders.make_administrator(session),
    }
    for role, user in people.items():
        caller = as_(user)
        for (method, template), roles in CALLS.items():
            answer = call(caller, method, template.format(**ids_of(bac_ha)))
            answer.close()
            may = role in roles or role is Role.ADMINISTRATOR
            assert (answer.status_code != 403) is may, (role, method, template, answer.status_code)
            assert answer.status_code not in {401, 404, 500}, (role, method, template)


def test_person_without_a_role_may_do_nothing(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(builders.make_user(session))
    for method, template in CALLS:
        assert call(caller, method, template.format(**ids_of(bac_ha))).status_code == 403, template


def test_another_places_objects_are_not_known(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    people = people_of(bac_ha)
    bodies = {
        "/households/{household}/merge": {"into": str(bac_ha.household.id)},
        "/stalls/{stall}": {"channel_id": None},
        "/channels/{channel}/notices": {"provider": "sepay", "secret": "an-invented-secret"},
        "/channels/{channel}/virtual-accounts/{stall}": {"number": "VA001"},
    }
    for role, user in people.items():
        caller = as_(user)
        for (method, template), roles in CALLS.items():
            known = role is MANAGER and (method, template) in MANAGER_MAY_KNOW
            if "{" not in template or role not in roles or known:
                continue
            path = template.format(**ids_of(sa_pa))
            answer = call(caller, method, path, bodies.get(template))
            assert answer.status_code == 404, (role, method, template)


def test_lists_show_nothing_of_another_place(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    foreign = {*ids_of(sa_pa).values(), str(sa_pa.payment.id), str(sa_pa.orphan.id)}
    people = people_of(bac_ha)
    for role, user in people.items():
        caller = as_(user)
        for (method, template), roles in CALLS.items():
            if method == "GET" and "{" not in template and role in roles:
                words = caller.get(template, query_string={"q": "Sa Pa"} if "units" in template else {}).text
                assert not [id_ for id_ in foreign if id_ in words], (role, template)


def test_taken_role_ends_at_once(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(bac_ha.manager)
    path = f"/markets/{bac_ha.market.id}/reports/payments"
    assert caller.get(path).status_code == 200
    bac_ha.manager.grants.clear()
    session.commit()
    assert caller.get(path).status_code == 403
