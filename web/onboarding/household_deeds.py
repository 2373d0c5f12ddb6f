"""What a clerk does with a household that is stored."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from core.errors import text
from models import Role
from services import people
from services.consents import change_household
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, do, label
from web.languages import translate
from web.onboarding.household_form import ConsentsForm
from web.onboarding.households import show_household
from web.schemas import Input

SHORTEST_REASON, LONGEST_REASON = 5, 200


class RevealForm(Input):
    reason = fields.String(
        required=True,
        validate=validate.Length(
            SHORTEST_REASON, LONGEST_REASON, error=text("Hãy ghi rõ lý do, từ 5 đến 200 ký tự")
        ),
        metadata=label(text("Lý do xem số căn cước"), text("Lần xem này được ghi lại cùng tên bạn và lý do")),
    )


@allow(Role.CLERK)
def verify(household_id: UUID) -> Response:
    """The clerk has seen the papers."""
    return do(
        lambda: people.verify_household(session(), actor(), household_id),
        done=text("Đã xác minh hộ."),
        back=url_for("onboarding.household", household_id=household_id),
    )


@allow(Role.CLERK)
def reveal(household_id: UUID) -> Page | str:
    """The full ID number, after a reason; it is never in an address and never kept by the browser."""
    household = people.get_household(session(), actor(), household_id)
    form = Form(RevealForm())
    number = form.submit(partial(people.reveal_national_id, session(), actor(), household_id))
    if number is None:
        return form.page("onboarding/reveal.html", household=household)
    return show_household(household, revealed=number)


@allow(Role.CLERK)
def consents(household_id: UUID) -> Page | Response:
    """New answers: given later, or taken back."""
    household = people.get_household(session(), actor(), household_id)
    form = Form(ConsentsForm())
    if form.submit(partial(change_household, session(), actor(), household_id)) is None:
        answers = {consent.purpose: consent for consent in household.consents}
        return form.page(
            "onboarding/consents_change.html",
            household=household,
            answers=answers,
            version=people.CONSENT_WORDING,
        )
    flash(translate("Đã ghi ý kiến của hộ."))
    return redirect(url_for("onboarding.household", household_id=household_id), 303)
