"""Pictures that a floor takes by upload: each once, then known by the floor's own name."""

from collections.abc import Callable, Sequence

from gateways.errors import GatewayUnavailable
from gateways.ports import Picture, PictureShelf


class PictureGone(GatewayUnavailable):
    """The floor no longer has a picture that it took once: it must be given again."""


def names_of(
    shelf: PictureShelf, pictures: Sequence[Picture], upload: Callable[[Picture], str]
) -> tuple[str, ...]:
    """The floor's names of `pictures`, in their order; those that it does not have are uploaded."""
    known = {picture.key: picture.known_as for picture in pictures if picture.known_as}
    if unknown := [picture.key for picture in pictures if picture.key not in known]:
        known |= shelf.names(unknown)
    for picture in pictures:
        if picture.key not in known:
            known[picture.key] = upload(picture)
            shelf.keep(picture.key, known[picture.key])
    return tuple(known[picture.key] for picture in pictures)
