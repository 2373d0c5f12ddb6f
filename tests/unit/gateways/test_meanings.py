"""What a floor refuses is told in plain words with the next step; what nobody knows is quoted, and logged."""

import re

import pytest
from structlog.testing import capture_logs

from core.errors import Text
from gateways.errors import GatewayRejected, Problem
from gateways.marketplaces import meanings
from gateways.marketplaces.lazada import refusals as lazada
from gateways.marketplaces.meanings import GENERAL, REQUIRED, UNKNOWN, Meaning
from gateways.marketplaces.medusa import refusals as medusa
from gateways.marketplaces.oscar import refusals as oscar
from gateways.marketplaces.pictures import told_apart
from gateways.marketplaces.shopee import refusals as shopee
from gateways.marketplaces.tiktok import refusals as tiktok
from gateways.marketplaces.vendure import refusals as vendure
from gateways.marketplaces.woocommerce import refusals as woocommerce
from services.reasons import FIELDS
from tests.contract.pictures import make_picture

ALL = [one for one in vars(meanings).values() if isinstance(one, Meaning)] + list(GENERAL.values())


@pytest.mark.parametrize("meaning", ALL, ids=lambda meaning: meaning.text[:40])
def test_every_meaning_says_what_to_do_at_a_field_that_people_have(meaning: Meaning) -> None:
    assert "hãy" in meaning.text
    assert isinstance(meaning.text, Text)
    assert "%" not in meaning.text.template, "it is stored as it is, and translated later"
    assert meaning.field in {None, "sku", *FIELDS}


def test_every_field_that_a_floor_names_is_one_that_people_have() -> None:
    named = {field for floor in (shopee, tiktok, lazada) for _, field in getattr(floor, "_FIELDS", ())}
    named |= {field for _, field in tiktok._BY_WORD} | {field for _, field in lazada._BY_WORD}
    named |= set(lazada._OUR_FIELDS.values()) | {field for _, field in meanings._WORDS}
    for floor in (woocommerce, vendure, medusa, oscar):
        named |= set(floor._OUR_FIELDS.values())
    assert named <= {"sku", *FIELDS}


def told(error: Exception) -> Problem:
    assert isinstance(error, GatewayRejected)
    (problem,) = error.problems
    return problem


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (shopee.refusal("product.error_strange", "Something about nothing"), "error_strange"),
        (lazada.refusal({"code": "999", "message": "Something about nothing"}), "999"),
        (tiktok.refusal(12052999, "Something about nothing"), "12052999"),
        (
            woocommerce.refusal(400, {"code": "strange", "message": "Something about nothing", "data": {}}),
            "strange",
        ),
        (
            vendure.refusal([{"message": "Something about nothing", "extensions": {"code": "STRANGE"}}]),
            "strange",
        ),
        (medusa.refusal(400, {"type": "strange", "message": "Something about nothing"}), "strange"),
        (oscar.refusal(400, {"non_field_errors": ["Something about nothing"]}), "refused"),
    ],
    ids=["shopee", "lazada", "tiktok", "woocommerce", "vendure", "medusa", "oscar"],
)
def test_what_nobody_knows_is_quoted_under_plain_words(error: Exception, code: str) -> None:
    problem = told(error)
    assert (problem.field, problem.code, problem.text) == (None, code, UNKNOWN)
    assert problem.said == "Something about nothing"


def test_what_nobody_knows_is_logged_with_its_code() -> None:
    with capture_logs() as logs:
        shopee.refusal("error_strange", "描述太短")
        shopee.refusal("error_invalid_price", "Invalid price")
    (line,) = [line for line in logs if line["event"] == "refusal_unknown"]
    assert (line["floor"], line["code"], line["field"]) == ("shopee", "error_strange", "description")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("商品标题长度不符", "title"),
        ("图片不存在", "pictures"),
        ("类目不可用", "category"),
        ("库存不足", "stock"),
        ("A food safety certificate is needed", "papers"),
        ("dimension is too large", "package"),
    ],
)
def test_the_field_is_found_in_what_the_floor_says(words: str, field: str) -> None:
    problem = told(shopee.refusal("error_strange", words))
    assert (problem.field, problem.said) == (field, words)
    assert problem.text == GENERAL[field].text


@pytest.mark.parametrize("name", ["weight", "description", "item_name", "category_id", "image"])
def test_what_shopee_calls_required_is_said_to_be_missing(name: str) -> None:
    problem = told(
        shopee.refusal("error_param", f"Parameter is not match the constraints, {name} is required.")
    )
    known = REQUIRED.get(problem.field) or GENERAL[problem.field]
    assert problem.text == known.text or problem.field == "pictures"


def test_lazada_says_which_attribute() -> None:
    detail = [{"field": "flavor", "message": "BIZ_CHECK_CAT_PROP_MANDATORY"}]
    problem = told(
        lazada.refusal({"code": "500", "message": "E500: Create product failed", "detail": detail})
    )
    assert (problem.field, problem.text) == ("attributes.flavor", meanings.ATTRIBUTE_MISSING.text)


def test_a_shop_names_the_picture_by_its_address() -> None:
    one, two = make_picture(), make_picture()
    words = f"Error getting remote image {two.url}."
    answer = {"code": "woocommerce_product_image_upload_error", "message": words, "data": {}}
    with pytest.raises(GatewayRejected) as caught, told_apart((one, two)):
        raise woocommerce.refusal(400, answer)
    assert told(caught.value).picture == two.key


def test_sandboxes_have_no_code_that_is_unknown() -> None:
    """Of those that speak of goods; the others are about calls, orders and sign-ins."""
    of_goods = re.compile(r'Refusal\(\s*\(?"([a-z_]{6,}|\d{2,8})", "([^"{]+)"')
    for floor in ("shopee", "tiktok"):
        with open(f"sandbox/floors/{floor}/goods.py", encoding="utf-8") as source:
            found = of_goods.findall(source.read())
        assert len(found) > 8
        with capture_logs() as logs:
            for code, said in found:
                shopee.refusal(code, said) if floor == "shopee" else tiktok.refusal(int(code), said)
        assert [line for line in logs if line["event"] == "refusal_unknown"] == []
