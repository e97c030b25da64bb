"""What all commands have in common: their help, their arguments, their errors and their exit codes.

Exit code 0 means that everything that was asked for was done, 1 that a part of it was not (each part is named
on stderr), 2 that an argument or an input cannot be used. An error is one sentence on stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from .inputs.images import load_image
from .types import ImageInput, InputError

DONE, PARTLY, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
DEFAULT_MODEL = "efficientnet_lite0"


class _Help(argparse.RawDescriptionHelpFormatter):
    """Keeps the line breaks of the epilog and adds its default to an option's text."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        shown = action.option_strings and action.default not in (None, False, [], argparse.SUPPRESS)
        return f"{text} (default: %(default)s)" if shown else text


class CommandParser(argparse.ArgumentParser):
    """A parser whose help has an example and says what comes out, and whose errors are one sentence.

    `example` holds the arguments of a call that works; `output` says what is printed and written, a paragraph
    each; `listing` is shown below it as it is, and `exit_codes` in the place of the usual ones."""

    def __init__(
        self,
        prog: str,
        about: str,
        example: str,
        output: Sequence[str],
        listing: str = "",
        exit_codes: str | None = None,
    ):
        paragraphs = "\n".join(_wrapped(paragraph, "  ") for paragraph in output)
        parts = (
            f"example:\n  {prog} {example}",
            f"output:\n{paragraphs}",
            listing,
            exit_codes or _EXIT_CODES,
        )
        epilog = "\n\n".join(filter(None, parts))
        super().__init__(prog, description=_wrapped(about), epilog=epilog, formatter_class=_Help)

    def error(self, message: str) -> NoReturn:
        """Print the sentence and exit with code 2."""
        self.exit(BAD_INPUT, f"{self.prog}: {message.rstrip('.')}; see {self.prog} --help.\n")

    def add_model(self) -> None:
        """Add --model."""
        text = "key of a registered model, name of a timm classifier, or own/NAME of an added one"
        self.add_argument("--model", default=DEFAULT_MODEL, metavar="KEY", help=text)

    def add_out(self, help: str, required: bool = False) -> None:
        """Add --out, a file whose folder must exist and be writable."""
        self.add_argument("--out", type=out_file, required=required, metavar="FILE", help=help)

    def add_number(self, name: str, default: int | None, help: str, low: int = 0) -> None:
        """Add an option that takes a whole number of at least `low`."""
        self.add_argument(name, type=whole_number(low), default=default, metavar="N", help=help)


_EXIT_CODES = """exit codes:
  0  everything was done
  1  a part was not done; each part is named on stderr
  2  an argument or an input cannot be used"""


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 96, initial_indent=indent, subsequent_indent=indent)


def whole_number(low: int) -> Callable[[str], int]:
    """A type for argparse: a whole number of at least `low`."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if value < low:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {low}")
        return value

    return parse


def number(low: float, high: float) -> Callable[[str], float]:
    """A type for argparse: a number from `low` to `high`."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low:g} to {high:g}")
        return value

    return parse


def comma_separated(text: str) -> tuple[str, ...]:
    """A type for argparse: names with commas between them, at least one, none of them empty."""
    found = tuple(part.strip() for part in text.split(","))
    if not all(found):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of names with commas between them")
    return found


def out_file(text: str) -> Path:
    """A type for argparse: a file that can be written. Its folder must exist; the file itself may."""
    try:
        path = Path(text).expanduser()
        folder, is_folder = path.parent, path.is_dir()
    except (OSError, RuntimeError) as error:  # a name that is too long, a ~ of nobody
        why = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise argparse.ArgumentTypeError(f"{text[:60]!r} cannot be written ({why})") from None
    if is_folder:
        raise argparse.ArgumentTypeError(f"{text!r} is a folder; a file is needed")
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written, because there is no folder {folder}")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written, because it is protected")
    try:  # a folder may refuse although its rights do not say so
        if path.exists():
            path.open("ab").close()
        else:
            tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written ({error.strerror})") from None
    return path


def out_folder(text: str) -> Path:
    """A type for argparse: a folder, or where one can be made when the command runs."""
    try:
        path = Path(text).expanduser()
        there, is_folder = path.exists(), path.is_dir()
        if not there and path.parent.is_dir():
            path.mkdir()  # a folder may refuse although its rights do not say so
            path.rmdir()
    except (OSError, RuntimeError) as error:  # a name that is too long, a ~ of nobody
        why = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise argparse.ArgumentTypeError(f"{text[:60]!r} cannot be made ({why})") from None
    if there and not is_folder:
        raise argparse.ArgumentTypeError(f"{text!r} is a file; a folder is needed")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} cannot be made, for there is no folder {path.parent}")
    return path


def make_folder(folder: Path) -> None:
    """Make a folder that `out_folder` accepted. Raises InputError where that is not possible."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{str(folder)!r} cannot be made ({error.strerror}).") from None


class Pictures:
    """The pictures of some files, each read when it is asked for. A file that cannot be read is named on
    stderr and left out; `failed` counts such files."""

    def __init__(self, files: Sequence[Path]):
        self.files = files
        self.failed = 0

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[ImageInput]:
        for file in self.files:
            try:
                image = load_image(file)
            except InputError as error:
                self.failed += 1
                say(f"Left out: {error}")
                continue
            yield image

    def exit_code(self) -> int:
        """DONE, or PARTLY if a file could not be read."""
        if self.failed:
            say(f"{self.failed} of {len(self.files)} pictures could not be read and are left out.")
        return PARTLY if self.failed else DONE


def say(text: str) -> None:
    """Print to stderr, which leaves stdout to the results."""
    print(text, file=sys.stderr)


def print_table(table: pd.DataFrame, digits: int = 3) -> None:
    """Print every column of the table, numbers with that many digits."""
    with pd.option_context("display.width", 250, "display.max_columns", None):
        print(table.to_string(index=False, float_format=f"{{:.{digits}f}}".format))


def guarded(work: Callable[..., int], *arguments: Any) -> int:
    """The exit code of `work(*arguments)`. Bad input and files that cannot be read or written become one
    sentence on stderr and BAD_INPUT."""
    try:
        return work(*arguments)
    except InputError as error:
        say(str(error))
    except OSError as error:
        say(f"{error.filename or 'A file'} cannot be read or written: {error.strerror or error}.")
    except KeyboardInterrupt:
        say("Interrupted.")
        return INTERRUPTED
    return BAD_INPUT
