"""Maps, kept one by one: those that are not known yet reach the network, in as few passes as possible.

A map is kept without ReLU and rectified when it is handed out, and a gradient map together with its
counterfactual, which the same pass gives: neither switch costs a pass."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from dataclasses import replace

import xai_core as xai

from . import networks
from .flights import MEMORY, Job, Report, fetch

SHORT_RATE = ("short maps",)  # of the ledger: measured seconds of the short maps of one picture
SHORT_PASSES = 8  # until that is measured: they take a forward and a backward pass, of one picture alone


def known(model: str, image: xai.ImageInput, request: xai.Request) -> xai.Explanation | None:
    """A map that has been computed before, or None."""
    return as_asked(MEMORY.get(_key(networks.handle(model), image, _raw(request))), request)


def are_known(model: str, image: xai.ImageInput, requests: Sequence[xai.Request]) -> bool:
    """Whether all of them have been computed before."""
    network = networks.handle(model)
    return all(_key(network, image, _raw(request)) in MEMORY for request in requests)


def explain(
    model: str, image: xai.ImageInput, requests: Sequence[xai.Request], report: Report | None = None
) -> list[xai.Explanation]:
    """The maps of all requests, in order. Raises InputError."""
    found = attempt(model, image, requests, report)
    for e in found:
        if isinstance(e, xai.InputError):
            raise e
    return [e for e in found if isinstance(e, xai.Explanation)]


def attempt(
    model: str, image: xai.ImageInput, requests: Sequence[xai.Request], report: Report | None = None
) -> list[xai.Explanation | xai.InputError]:
    """The map of each request, in order, or the InputError that says why there is none. Quick ones are
    computed together, long ones each as a job."""
    quick = [request for request in requests if not xai.METHODS[request.method].long]
    found = dict(zip(quick, _together(model, image, quick, report), strict=True))
    for request in requests:
        if request not in found:
            try:
                e = fetch(job(model, image, request), report)
            except xai.InputError as error:
                found[request] = error
            else:
                found[request] = as_asked(e, request)
    return [found[request] for request in requests]


def job(model: str, image: xai.ImageInput, request: xai.Request) -> Job:
    """One map; its result is without ReLU (`as_asked`)."""
    network, raw = networks.handle(model), _raw(request)

    def run(report: Report) -> xai.Explanation:
        def grow(coarse: xai.Coarse) -> None:
            report.grow(replace(coarse, map=as_asked(coarse.map, request)))

        (e,) = xai.explain_many(network, image, [raw], report.progress, report.cancelled, grow)
        return replace(e, view=None)  # pages have views of their own

    def seconds(measured: bool = True) -> float:
        return xai.estimate(network, image, [raw], measured)

    return Job(_key(network, image, raw), run, seconds, thing="maps", guess=lambda: seconds(measured=False))


def seconds_needed(
    model: str, image: xai.ImageInput, requests: Sequence[xai.Request], measured: bool = True
) -> float:
    """An estimate for those of the requests that are not known yet. Raises InputError for one that cannot be
    made. With `measured=False` nothing is tried for it."""
    missing = [request for request in requests if known(model, image, request) is None]
    return seconds_of(model, image, missing, measured)


def seconds_of(
    model: str, image: xai.ImageInput, requests: Sequence[xai.Request], measured: bool = True
) -> float:
    """The same for the requests, known or not."""
    network = networks.handle(model)
    long = [request for request in requests if xai.METHODS[request.method].long]
    seconds = xai.estimate(network, image, long, measured) if long else 0.0
    if len(long) < len(requests):
        guess = SHORT_PASSES * network.seconds_per_pass
        seconds += network.ledger.rates.get(SHORT_RATE, guess)
    return seconds


def as_asked(e: xai.Explanation | None, request: xai.Request) -> xai.Explanation | None:
    """The map with the request's own ReLU."""
    return e.rectified() if e is not None and request.params.get("relu", True) else e


def _together(
    model: str, image: xai.ImageInput, requests: Sequence[xai.Request], report: Report | None
) -> list[xai.Explanation | xai.InputError]:
    """Maps that take no more than a pass each. Two visitors who want maps of one picture wait for each other,
    and the second one finds what the first one made."""
    network = networks.handle(model)
    raws = [_raw(request) for request in requests]
    found = _known(network, image, raws)
    if len(found) < len(set(raws)):
        with MEMORY.alone(("maps", network.identity, image.sha256)):
            found = _known(network, image, raws)
            wanted = list(dict.fromkeys(v for raw in raws if raw not in found for v in _free_with(raw)))
            began = time.perf_counter()
            cancelled = report.cancelled if report is not None else None
            made = xai.explain_each(network, image, wanted, cancelled) if wanted else []
            _measured(network, time.perf_counter() - began)
            for raw, e in zip(wanted, made, strict=True):
                found[raw] = e if isinstance(e, xai.InputError) else replace(e, view=None)
                if isinstance(e, xai.Explanation):
                    MEMORY.put(_key(network, image, raw), found[raw])
    return [
        e if isinstance(e := found[raw], xai.InputError) else as_asked(e, request)
        for raw, request in zip(raws, requests, strict=True)
    ]


def _measured(network: xai.ModelHandle, seconds: float) -> None:
    """Note what the short maps of a picture took. The first ones of a network warm it up and do not count for
    long: each new measurement counts as much as all before it."""
    rates = network.ledger.rates
    rates[SHORT_RATE] = (rates.get(SHORT_RATE, seconds) + seconds) / 2


def _known(
    network: xai.ModelHandle, image: xai.ImageInput, raws: Sequence[xai.Request]
) -> dict[xai.Request, xai.Explanation | xai.InputError]:
    found = {raw: MEMORY.get(_key(network, image, raw)) for raw in raws}
    return {raw: e for raw, e in found.items() if e is not None}


def _key(network: xai.ModelHandle, image: xai.ImageInput, raw: xai.Request) -> Hashable:
    return ("map", network.identity, image.sha256, raw.keyed())


def _raw(request: xai.Request) -> xai.Request:
    """The request as it is kept: every parameter filled in, without ReLU. Raises InputError."""
    params = dict(xai.METHODS[request.method].complete(request.params))
    return request.replace(params=params | ({"relu": False} if "relu" in params else {}))


def _free_with(raw: xai.Request) -> list[xai.Request]:
    """The request and what the same pass gives for nothing."""
    method = xai.METHODS[raw.method]
    if method.long or "gradients" not in method.uses or "counterfactual" not in raw.params:
        return [raw]
    return [raw.replace(params=dict(raw.params) | {"counterfactual": sign}) for sign in (False, True)]
