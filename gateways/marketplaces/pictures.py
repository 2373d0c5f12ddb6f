"""Pictures that a floor takes by upload: each once, then known by the floor's own name."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from gateways.errors import GatewayRejected, GatewayUnavailable, Problem
from gateways.ports import Picture, PictureShelf


class PictureGone(GatewayUnavailable):
    """The floor no longer has a picture that it took once: it must be given again."""


@contextmanager
def said_of(picture: Picture) -> Iterator[None]:
    """What is refused of pictures in the block, is refused of this one."""
    try:
        yield
    except GatewayRejected as refusal:
        refusal.problems = tuple(_about(problem, picture) for problem in refusal.problems)
        raise


@contextmanager
def told_apart(pictures: Sequence[Picture]) -> Iterator[None]:
    """Of what is refused of pictures in the block, each is of the one whose address or key the floor's words name; of
    the only one, where there is one."""
    try:
        yield
    except GatewayRejected as refusal:
        refusal.problems = tuple(
            _about(problem, _named(problem.said, pictures)) for problem in refusal.problems
        )
        raise


def _about(problem: Problem, picture: Picture | None) -> Problem:
    if picture is None or problem.field != "pictures":
        return problem
    return replace(problem, picture=picture.key)


def _named(said: str, pictures: Sequence[Picture]) -> Picture | None:
    if len(pictures) == 1:
        return pictures[0]
    return next((picture for picture in pictures if picture.url in said or picture.key in said), None)


def names_of(
    shelf: PictureShelf, pictures: Sequence[Picture], upload: Callable[[Picture], str]
) -> tuple[str, ...]:
    """The floor's names of `pictures`, in their order; those that it does not have are uploaded. Raises GatewayRejected
    with every one that it refuses, not only the first: they are replaced together."""
    known = {picture.key: picture.known_as for picture in pictures if picture.known_as}
    if unknown := [picture.key for picture in pictures if picture.key not in known]:
        known |= shelf.names(unknown)
    refused: list[Problem] = []
    for picture in pictures:
        if picture.key not in known:
            try:
                with said_of(picture):
                    known[picture.key] = upload(picture)
            except GatewayRejected as refusal:
                if any(problem.picture is None for problem in refusal.problems):
                    raise  # it is not about the picture
                refused += refusal.problems
                continue
            shelf.keep(picture.key, known[picture.key])
    if refused:
        raise GatewayRejected(f"{len(refused)} pictures: {refused[0].code}", tuple(refused))
    return tuple(known[picture.key] for picture in pictures)
