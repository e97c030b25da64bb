"""How much memory uploaded files take before a page has taken them in.

Streamlit holds each file until its uploader is gone or its visitor's session ends. A visitor's files may take
half of what those of all visitors may take (`small.uploads_bytes`); a request beyond that is answered with
413 before its body is read."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.runtime import Runtime

from .state import small

_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+")


class Limit:
    """An ASGI middleware that refuses uploads for which there is no room."""

    def __init__(self, app: ASGIApp):
        self._app = app
        self._coming: Counter[str] = Counter()  # bytes on their way, by session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _UPLOAD.search(scope.get("path", "")) if scope["type"] == "http" else None
        if found is None or scope["method"] != "PUT":
            await self._app(scope, receive, send)
            return
        session, told = found[1], Headers(scope=scope).get("content-length", "")
        if not told.isdecimal():
            await PlainTextResponse("The size of the file must be told.", 411)(scope, receive, send)
            return
        if not self.has_room(session, int(told), held()):
            await PlainTextResponse("The server holds as many files as it can.", 413)(scope, receive, send)
            return
        self._coming[session] += int(told)
        try:
            await self._app(scope, receive, send)
        finally:
            self._coming[session] -= int(told)
            self._coming += Counter()  # forgets those at zero

    def has_room(self, session: str, size: int, now: dict[str, int]) -> bool:
        """Whether a file of so many bytes may come to the session; `now` are the bytes held by session."""
        own = now.get(session, 0) + self._coming[session] + size
        every = sum(now.values()) + self._coming.total() + size
        return own <= small.uploads_bytes() // 2 and every <= small.uploads_bytes()


def held() -> dict[str, int]:
    """Bytes of the files that Streamlit holds, by session."""
    files: Any = getattr(Runtime.instance().uploaded_file_mgr, "file_storage", {})
    return {
        session: sum(len(file.data) for file in list(own.values())) for session, own in list(files.items())
    }


def limit_each() -> None:
    """On a small server, also lower Streamlit's own limit of a file, which it asks for at each upload. Called
    when the server starts: a script may not set it."""
    most = config.get_option("server.maxUploadSize")
    config.set_option("server.maxUploadSize", small.upload_mb(most))
