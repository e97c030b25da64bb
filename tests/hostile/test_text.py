"""Text is text: whatever an address, a file or a class is called, the app shows it and nothing else.

The first half reads the source: no page gives Streamlit a text that was not escaped. The second half asks a
browser what it makes of what `in_markdown` returns."""

import ast

import pytest

from tests.conftest import ROOT
from tests.test_architecture import OWN_FILES, imports_in, label
from xai_core.escaping import JOINER, in_html, in_markdown

pytestmark = pytest.mark.hostile
PAGES = [
    path for path in OWN_FILES if "pages" in path.relative_to(ROOT).parts[:1] or path.stem == "dashboard"
]
# what Streamlit draws as Markdown: the first argument of these, and these named arguments of all of them
TEXTS = {
    *("markdown", "error", "warning", "info", "caption", "success", "toast", "badge", "title", "header"),
    *("subheader", "write", "button", "download_button", "form_submit_button", "link_button", "checkbox"),
    *("toggle", "radio", "pills", "segmented_control", "selectbox", "multiselect", "slider", "text_input"),
    *("text_area", "number_input", "file_uploader", "expander", "popover", "dialog", "metric", "spinner"),
    *("tabs", "page_link", "status", "select_slider", "progress"),
}
NAMED = ("label", "help", "body", "text", "format_func", "options_captions", "captions", "caption")
AS_MARKDOWN = ("radio", "pills", "segmented_control")  # their choices; those of a menu are plain
# calls that return text that is safe: the escaping itself, and numbers
SAFE = {"in_markdown", "percent", "share", "number", "fixed", "signed", "duration", "day", "len", "round"}
NUMERIC = tuple("dfeg%,")
ESCAPED = ("listed.help", "spec.url")  # where it is made (widgets/methods.py); our own list of papers


def safe(node):
    """Whether an expression can only be text of our own, an escaped one, or a number."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.JoinedStr):
        return all(map(safe, node.values))
    if isinstance(node, ast.FormattedValue):
        return _numeric(node) or (node.conversion == -1 and safe(node.value))
    if isinstance(node, ast.BinOp):
        sides = (node.left, node.right)
        number = any(
            isinstance(side, ast.Constant) and isinstance(side.value, (int, float)) for side in sides
        )
        return number or all(map(safe, sides))
    if isinstance(node, ast.IfExp):
        return safe(node.body) and safe(node.orelse)
    if isinstance(node, ast.BoolOp):
        return all(map(safe, node.values))
    if isinstance(node, (ast.List, ast.Tuple)):
        return all(map(safe, node.elts))
    if isinstance(node, ast.Lambda):
        return safe(node.body)
    if isinstance(node, ast.Call):
        return _last(node.func) in SAFE
    return ast.unparse(node) in ESCAPED or _constant(node)


def _numeric(value):
    spec = value.format_spec
    return (
        spec is not None
        and isinstance(spec.values[-1], ast.Constant)
        and spec.values[-1].value.endswith(NUMERIC)
    )


def _last(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _constant(node):
    """A constant of a module, a value in one, or an attribute of such a value (`METHODS[key].label`)."""
    if isinstance(node, ast.Subscript):
        return _last(node.value).isupper()
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Subscript):
        return _constant(node.value)
    if isinstance(node, ast.Attribute) and node.attr == "get":
        return _last(node.value).isupper()
    return _last(node).isupper()


def texts_of(call):
    """The arguments of a call that Streamlit reads as Markdown."""
    name = _last(call.func)
    first = [] if name in ("progress", "page_link") else call.args[:1]  # a number, a page
    named = [
        k.value for k in call.keywords if k.arg in NAMED and (k.arg != "format_func" or name in AS_MARKDOWN)
    ]
    return [*first, *named]


def unescaped(tree, imported=frozenset()):
    """(line, source) of each text of a page that was not escaped."""
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TEXTS
        ):
            continue
        root = node.func.value
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in imported - {"st"}:
            continue  # a part of ours, which is read where it is written
        yield from ((node.lineno, ast.unparse(text)) for text in texts_of(node) if not safe(text))


def test_no_page_shows_a_text_that_is_not_escaped():
    found = {}
    for path in PAGES:
        tree = ast.parse(path.read_text())
        imported = {name.rsplit(".", 1)[-1] for name in imports_in(path, tree)}
        wrong = list(unescaped(tree, imported))
        if wrong:
            found[label(path)] = wrong
    assert found == {}


@pytest.mark.parametrize(
    ("source", "fine"),
    [
        ("st.error(str(error))", False),
        ("st.error(in_markdown(error))", True),
        ("st.title(name)", False),
        ("st.caption(f'{name} is here')", False),
        ("st.caption(f'{in_markdown(name)} is here')", True),
        ("st.caption(f'{count:,} pictures, {layout.percent(p)}')", True),
        ("st.caption(f'{in_markdown(a)!r}')", False),
        ("column.button('A', help=words)", False),
        ("st.toast('a' + said)", False),
        ("st.radio('A', [1], format_func=lambda n: labels[n])", False),
        ("st.selectbox('A', [1], format_func=lambda n: labels[n])", True),
        ("st.write(LAYOUTS[kind] if a else 'b')", True),
        ("st.write(f'{n + 1} / {len(pins)}')", True),
    ],
)
def test_the_reader_of_texts_finds_what_is_not_escaped(source, fine):
    assert (list(unescaped(ast.parse(source))) == []) is fine


def test_html_is_escaped_by_one_function():
    """`html.escape` is used by `in_html` alone, and every f-string with a tag in it has escaped parts."""
    users = [label(path) for path in OWN_FILES if "html.escape" in imports_in(path) | _calls(path)]
    assert users == ["xai_core/escaping.py"]


def _calls(path):
    tree = ast.parse(path.read_text())
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


EVIL = [
    "![](http://tracker.invalid/a.png)[Session expired, sign in](http://evil.invalid/)",
    "http://evil.invalid/a and https://evil.invalid and www.evil.invalid and me@evil.invalid",
    "<img src=x onerror=alert(1)><b>bold</b> &lt;i&gt;",
    "**bold** _it_ __bold__ ~~gone~~ `code` $x^2$ $$y$$",
    ":red[alarm] :material/home: :smile: :blue-background[x] :streamlit:",
    "# heading",
    "1. list",
    "- list",
    "+ list",
    "> quote",
    "=====",
    "a\n\n# heading\n\n    code\n- list\n| a | b |\n|---|---|\n| c | d |",
    "[^1] [a]: http://evil.invalid [x]",
    "back\\slash \\[a](http://evil.invalid)",
    "snake_case_name stays, M&M's, 50 % < 60 %, {a}",
]


def test_what_is_harmless_stays_as_it_is():
    for text in (
        "grad_cam at blocks.6 (tiger cat)",
        "50 %, 3 of 4; it is – so.",
        "hen-of-the-woods, 'a' \"b\"",
    ):
        assert in_markdown(text) == text
    assert in_markdown("about 3\u00a0s,\n\tthen 5\u00a0%") == "about 3\u00a0s, then 5\u00a0%"
    assert in_html("<a href='x'>&\"") == "&lt;a href=&#x27;x&#x27;&gt;&amp;&quot;"


APP = """
import streamlit as st
from xai_core.escaping import in_markdown
EVIL = {evil!r}
for number, text in enumerate(EVIL):
    for draw in (st.error, st.caption, st.title, st.markdown):
        draw(in_markdown(text))
    st.button(in_markdown(text), key=str(number), help=in_markdown(text))
    st.toggle(in_markdown(text), key="t" + str(number))
st.html("<p id='end'>end</p>")
"""


def test_a_browser_shows_every_text_as_it_was(browser, tmp_path):
    import subprocess
    import sys

    from tests.browser.conftest import free_port, wait_until_healthy

    script, port = tmp_path / "app.py", free_port()
    script.write_text(APP.format(evil=EVIL))
    options = ["--server.port", str(port), "--server.headless", "true", "--server.fileWatcherType", "none"]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}", server)
        page, asked = browser.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"http://127.0.0.1:{port}")
        page.locator("#end").wait_for()
        main = page.get_by_test_id("stMain")
        for tag in (
            "a:not([href^='#'])",
            "img",
            "b",
            "strong",
            "em",
            "code",
            "del",
            "li",
            "blockquote",
            "table",
            ".katex",
        ):
            where = main.locator(f"[data-testid=stMarkdownContainer] {tag}")
            assert where.count() == 0, (tag, where.first.inner_text())
        assert main.locator("[data-testid=stIconMaterial], [class*=stMarkdownColored]").count() == 0
        shown = [text.replace(JOINER, "") for text in main.locator("[data-testid=stAlert]").all_inner_texts()]
        assert shown == [" ".join(text.split()) for text in EVIL]
        assert not [url for url in asked if "invalid" in url]
    finally:
        server.terminate()
        server.wait(20)
