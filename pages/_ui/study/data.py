"""A study's pictures and its maps, as the pages of a study need them."""

from __future__ import annotations

import xai_core as xai
from xai_core.figures import Look, encode, overlay
from xai_core.trust_study import Picture, Study

from ..results import database, maps, pictures

FIT = "crop"


def image(number: int, picture: Picture) -> xai.ImageInput:
    """A picture of study `number`: a sample, or one that is kept with the study."""
    if picture.key in xai.samples():
        return pictures.sample(picture.key, FIT)
    return xai.load_image(database.store().picture(number, picture.key), FIT, name=picture.name)


def request(picture: Picture, method: str) -> xai.Request:
    """The map that is shown: the method with its defaults, at each model's own default layer."""
    return xai.Request(method, picture.target)


def map_of(model: str, shown: xai.ImageInput, picture: Picture, method: str) -> xai.Explanation:
    """One model's map."""
    return maps.explain(model, shown, [request(picture, method)])[0]


def drawn(model: str, shown: xai.ImageInput, picture: Picture, method: str) -> bytes:
    """One model's map over the picture, in the same look for all who take part."""
    e, view = map_of(model, shown, picture, method), pictures.view(model, shown)
    return encode(overlay(view, e, Look()), "JPEG")


def names(study: Study) -> tuple[str, str]:
    """What the two models are called."""
    return tuple(xai.models.find_model(model).label for model in study.models)
