"""The households of the communes that a person serves."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models import Household, HouseholdStatus, Role
from services import people
from services.queries.lists import list_households
from services.queries.places import unit_names
from services.queries.sellers import seller_of_household
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, chosen
from web.languages import translate
from web.onboarding.communes import commune_choice
from web.onboarding.household_form import HouseholdForm


@allow(Role.CLERK)
def households() -> str:
    """What was registered, the newest first."""
    q, status = request.args.get("q", "").strip(), chosen(HouseholdStatus, "status")
    page = list_households(session(), actor(), q=q or None, status=status, cursor=request.args.get("cursor"))
    names = unit_names(session(), {household.commune_code for household in page.items})
    return render_template(
        "onboarding/households.html", page=page, q=q, status=status, communes=names, states=HouseholdStatus
    )


@allow(Role.CLERK)
def new_household() -> Page | Response:
    """Register one."""
    form = Form(HouseholdForm())
    stored = form.submit(partial(people.register_household, session(), actor()))
    if stored is None:
        return form.page(
            "onboarding/household_new.html", choice=commune_choice(form), version=people.CONSENT_WORDING
        )
    flash(translate("Đã đăng ký hộ."))
    return redirect(url_for("onboarding.household", household_id=stored[0].id), 303)


@allow(Role.CLERK)
def household(household_id: UUID) -> str:
    return show_household(people.get_household(session(), actor(), household_id))


def show_household(household: Household, revealed: str | None = None) -> str:
    """One household: what is known, what was agreed to, what comes next."""
    return render_template(
        "onboarding/household.html",
        household=household,
        revealed=revealed,
        commune=unit_names(session(), {household.commune_code})[household.commune_code],
        answers={consent.purpose: consent for consent in household.consents},
        duplicates=people.find_possible_duplicates(session(), actor(), household),
        seller=seller_of_household(session(), actor(), household.id),
        statuses=HouseholdStatus,
    )
