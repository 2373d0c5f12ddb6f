"""What the children of `make run` are told of the large floors."""

from pathlib import Path

from runner.plan import environment, web_and_sandboxes
from runner.settings import Settings


def told(tmp_path: Path, **env: str) -> dict[str, str]:
    settings = Settings(port=9000, data_dir=tmp_path, floors=frozenset(), env=env)
    return environment(settings, "postgresql:///x", "unix:///x")


def test_floors_are_those_of_the_sandbox(tmp_path: Path) -> None:
    env = told(tmp_path)
    names = ("SHOPEE", "LAZADA", "TIKTOK", "WOOCOMMERCE")
    assert [env[f"{name}_URL"] for name in names] == [
        f"http://127.0.0.1:9002/{name.lower()}" for name in names
    ]
    assert Path(env["FLOOR_CATEGORIES"]).read_text().startswith("marketplace,goods,category")


def test_a_floor_of_ones_own_goes_before_and_brings_its_categories(tmp_path: Path) -> None:
    env = told(tmp_path, SHOPEE_URL="https://partner.shopeemobile.com")
    assert env["SHOPEE_URL"] == "https://partner.shopeemobile.com"
    assert env["LAZADA_URL"] == "http://127.0.0.1:9002/lazada"
    assert "FLOOR_CATEGORIES" not in env
    assert told(tmp_path, FLOOR_CATEGORIES="/etc/mine.csv")["FLOOR_CATEGORIES"] == "/etc/mine.csv"


def test_the_sandbox_of_the_floors_pushes_to_where_the_web_is_reached(tmp_path: Path) -> None:
    settings = Settings(port=9000, data_dir=tmp_path, floors=frozenset(), env={})
    specs = {spec.name: spec for spec in web_and_sandboxes(settings, told(tmp_path))}
    assert "http://127.0.0.1:9000/webhooks/floors" in specs["floors"].command
    assert "--push-to" not in specs["payos"].command
