"""What a visitor has chosen: fields, their values in this session, and the address bar.

from pages._ui import state
state.get("model"), state.put(layer=""), state.bind("relu")"""

from .address import only_fields, query, run_ends, start, take, write_url
from .fields import declare
from .session import (
    bind,
    complain,
    dismiss_problems,
    get,
    is_new,
    keep,
    moved,
    of_widget,
    page,
    problems,
    put,
    put_quietly,
    reset,
    selected,
    told,
)

__all__ = [
    "bind",
    "complain",
    "declare",
    "dismiss_problems",
    "get",
    "is_new",
    "keep",
    "moved",
    "of_widget",
    "only_fields",
    "page",
    "problems",
    "put",
    "put_quietly",
    "query",
    "reset",
    "run_ends",
    "selected",
    "start",
    "take",
    "told",
    "write_url",
]
