"""The import rules of the house; `pyproject.toml` has them, import-linter checks them."""

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


def test_imports_go_one_way() -> None:
    assert lint_imports(cache_dir=None) == EXIT_STATUS_SUCCESS
