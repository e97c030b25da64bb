"""Folders that this machine keeps, and what is said where they cannot be written to."""

import errno
from pathlib import Path

import pytest

import xai_core as xai
from xai_core.disk import HOMELESS, folder_of, in_a_home, writing


def test_a_folder_is_the_one_that_is_named_else_in_the_users_cache(monkeypatch):
    monkeypatch.setenv("XAI_BOARDS_DIR", "/somewhere/boards")
    assert folder_of("XAI_BOARDS_DIR", "boards") == Path("/somewhere/boards")
    monkeypatch.setenv("XAI_BOARDS_DIR", "~/boards")
    monkeypatch.setenv("HOME", "/home/ada")
    assert folder_of("XAI_BOARDS_DIR", "boards") == Path("/home/ada/boards")
    monkeypatch.delenv("XAI_BOARDS_DIR")
    assert folder_of("XAI_BOARDS_DIR", "boards").parts[-2:] == ("saliency-lab", "boards")


def test_nobodys_home_is_a_place_that_cannot_be_made():
    assert in_a_home(Path("~/.cache/x")) == HOMELESS / ".cache" / "x"
    assert in_a_home(Path("/home/ada/.cache")) == Path("/home/ada/.cache")
    with pytest.raises(OSError, match=r"No such file|Permission denied"):
        in_a_home(Path("~/.cache")).mkdir(parents=True)


def test_an_error_of_the_disk_is_a_sentence_without_a_path():
    with pytest.raises(xai.InputError) as caught, writing("Pinboards", "XAI_BOARDS_DIR"):
        raise OSError(errno.ENOSPC, "No space left on device", "/secret/place")
    assert str(caught.value) == (
        "Pinboards cannot be kept on this server at the moment (No space left on device). Whoever runs it "
        "can set XAI_BOARDS_DIR to a folder that can be written to."
    )
    with pytest.raises(xai.InputError, match="a value"), writing("Pinboards", "XAI_BOARDS_DIR"):
        raise xai.InputError("a value")
