"""Signing in."""

import re

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from core import phones
from services import accounts
from tests import builders
from tests.integration.api.conftest import Caller


def _sign_in(nobody: Caller, phone: object, password: object, **options: object):
    return nobody.post("/tokens", {"phone": phone, "password": password}, **options)


def test_token_opens_the_api(nobody: Caller, session: Session, client: FlaskClient) -> None:
    user = builders.make_clerk(session)
    answer = _sign_in(nobody, phones.display(user.phone), builders.PASSWORD)
    assert answer.status_code == 201
    assert answer.json["user"] == {
        "id": str(user.id),
        "name": user.name,
        "phone": user.phone,
        "roles": [{"role": "clerk", "place_kind": "commune", "place_key": builders.BAC_HA}],
    }
    assert re.search(r"[+-]\d\d:\d\d$", answer.json["expires_at"])
    assert Caller(client, answer.json["token"]).get("/households").status_code == 200


def test_wrong_password_and_unknown_phone_are_answered_alike(nobody: Caller, session: Session) -> None:
    user = builders.make_clerk(session)
    wrong = _sign_in(nobody, user.phone, "not the password")
    unknown = _sign_in(nobody, "0912 000 111", "not the password")
    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json, "instance": ""} == {**unknown.json, "instance": ""}


def test_password_keeps_its_spaces(nobody: Caller, session: Session) -> None:
    user = builders.make_user(session, password="  mat khau  ")
    assert _sign_in(nobody, user.phone, "  mat khau  ").status_code == 201
    assert _sign_in(nobody, user.phone, "mat khau").status_code == 401


def test_inactive_person_is_not_let_in(nobody: Caller, session: Session, client: FlaskClient) -> None:
    user = builders.make_clerk(session)
    token, _ = accounts.issue_token(session, user)
    user.active = False
    session.commit()
    assert _sign_in(nobody, user.phone, builders.PASSWORD).status_code == 401
    assert Caller(client, token).get("/households").status_code == 401


def test_bad_fields_are_named(nobody: Caller) -> None:
    answer = nobody.post("/tokens", {"phone": "12", "role": "administrator"})
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"phone", "password", "role"}


def test_eleventh_failure_for_a_phone_waits(nobody: Caller, session: Session) -> None:
    user = builders.make_clerk(session)
    answers = [_sign_in(nobody, user.phone, "a guess").status_code for _ in range(10)]
    assert answers == [401] * 10
    refused = _sign_in(nobody, phones.display(user.phone), builders.PASSWORD)
    assert refused.status_code == 429
    assert refused.content_type == "application/problem+json"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    elsewhere = _sign_in(nobody, user.phone, builders.PASSWORD, environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert elsewhere.status_code == 201


def test_right_passwords_are_never_too_many(nobody: Caller, session: Session) -> None:
    user = builders.make_clerk(session)
    assert {_sign_in(nobody, user.phone, builders.PASSWORD).status_code for _ in range(12)} == {201}


def test_token_and_its_hash_are_not_in_the_answer_of_others(nobody: Caller) -> None:
    for value in ("", "x" * 5000, "é"):
        answer = nobody.get("/households", headers={"Authorization": f"Bearer {value}"})
        assert answer.status_code == 401
        assert answer.content_type == "application/problem+json"
