"""Where this machine keeps files, and the sentence for a folder that cannot be written to."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError

# the home of accounts without one: it never exists, and not even root can make a folder in /proc
HOMELESS = Path("/proc/nonexistent")
_LOG = logging.getLogger(__name__)


def folder_of(variable: str, *below: str) -> Path:
    """The folder that an environment variable names, else `below` in saliency-lab in the user's cache. It
    need not exist. For an account without a home it is one that does not exist, and never one in the folder
    in which the program was started."""
    import pooch

    named = os.environ.get(variable)
    if named:
        return Path(os.path.expanduser(named))
    return in_a_home(Path(pooch.os_cache("saliency-lab"))).joinpath(*below)


def in_a_home(path: Path) -> Path:
    """The path, or one below HOMELESS where its "~" stands for nobody's home."""
    return HOMELESS.joinpath(*path.parts[1:]) if path.parts[:1] == ("~",) else path


@contextmanager
def writing(what: str, variable: str) -> Iterator[None]:
    """Raise InputError in the place of an OSError of the block, which writes to the folder of `variable`:
    what cannot be kept, why, and what the owner of the server can do. `what` is a plural. The log has the
    details; the sentence names no path, since visitors read it."""
    try:
        yield
    except OSError as error:
        _LOG.exception("%s cannot be written", what)
        raise InputError(
            f"{what} cannot be kept on this server at the moment ({error.strerror or type(error).__name__}). "
            f"Whoever runs it can set {variable} to a folder that can be written to."
        ) from error
