"""What visitors download has a limit, comes one at a time, and names no folder of the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import xai_core as xai
from pages._ui.results import downloads, networks
from pages._ui.results.flights import Report
from pages._ui.state import visitors
from tests.pages.conftest import button, labels
from xai_core.datasets import cifar10
from xai_core.models.spec import ModelSpec, WeightsFile

# pooch leaves the connection of a download that was ended to the garbage
pytestmark = [
    pytest.mark.hostile,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SPEC = ModelSpec("toy", "Toy", "timm", "toy")
MB = 1_000_000


@pytest.fixture(autouse=True)
def public(tmp_path, monkeypatch):
    for name in ("XAI_ONE_PERSON", "XAI_VISITOR_DOWNLOADS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XAI_WEIGHTS_DIR", "TORCH_HOME", "XAI_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    networks.models_here.clear()
    yield
    networks.models_here.clear()


class Files(BaseHTTPRequestHandler):
    """Serves /N as N bytes, and /silent/N without saying how many; counts how many were asked for."""

    asked, pause = 0, 0.0

    def do_GET(self):
        served = type(self)
        served.asked += 1
        size = int(self.path.rsplit("/", 1)[-1])
        self.send_response(200)
        if "silent" not in self.path:
            self.send_header("Content-Length", str(size))
        self.end_headers()
        try:
            for start in range(0, size, 100_000):
                self.wfile.write(bytes(min(100_000, size - start)))
                time.sleep(served.pause)
        except OSError:  # the other end has left
            pass

    def log_message(self, *_):
        pass


@pytest.fixture
def served() -> type[Files]:
    """The counts of one server."""
    return type("Served", (Files,), {})


@pytest.fixture
def server(served) -> Iterator[str]:
    serving = ThreadingHTTPServer(("127.0.0.1", 0), served)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    thread.join()
    serving.server_close()


def fetch(url, name="toy.pth", size_mb=None):
    return downloads.fetched(SPEC, WeightsFile(name, url, size_mb), Report())


def kept(tmp_path):
    return sorted(path.name for path in (tmp_path / "XAI_WEIGHTS_DIR").iterdir() if path.name[0] != ".")


def test_what_fits_is_fetched_and_counted(server, tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_VISITOR_DOWNLOADS", "3")
    assert fetch(f"{server}/{2 * MB}").stat().st_size == 2 * MB
    with pytest.raises(xai.InputError) as caught:
        fetch(f"{server}/{2 * MB}", "other.pth")
    assert str(caught.value) == (
        "A download of 2 MB is too large: visitors' downloads take 2 MB on this server, and at most 3 MB are "
        "accepted."
    )
    assert kept(tmp_path) == ["toy.pth"], "nothing is left of what was refused"
    fetch(f"{server}/{MB}", "small.pth")
    (tmp_path / "XAI_WEIGHTS_DIR" / "toy.pth").unlink()
    fetch(f"{server}/{2 * MB}", "again.pth")
    assert kept(tmp_path) == ["again.pth", "small.pth"]


@pytest.mark.parametrize("path", [f"{5 * MB}", f"silent/{5 * MB}"])
def test_a_file_that_is_larger_than_it_was_said_to_be_is_ended(path, server, tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_VISITOR_DOWNLOADS", "3")
    with pytest.raises(xai.InputError, match="is too large: visitors' downloads take 0 MB"):
        fetch(f"{server}/{path}", size_mb=1.0)
    assert kept(tmp_path) == []


def test_the_disk_keeps_room(server, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "_disk_left", lambda: 3 * MB)
    assert downloads.refused(2.9) == ""
    assert downloads.refused(3.1) == "A download of 3 MB does not fit on the disk of this server."
    with pytest.raises(xai.InputError, match="does not fit on the disk"):
        fetch(f"{server}/{5 * MB}")
    monkeypatch.setattr(visitors, "one_person", lambda: True)
    with pytest.raises(xai.InputError, match="does not fit on the disk"):
        fetch(f"{server}/{5 * MB}")


def test_one_person_has_no_limit(server, monkeypatch):
    monkeypatch.setenv("XAI_VISITOR_DOWNLOADS", "0")
    assert "cannot download" in downloads.refused(0.1)
    monkeypatch.setattr(visitors, "one_person", lambda: True)
    assert downloads.refused(0.1) == ""
    assert fetch(f"{server}/{MB}").stat().st_size == MB


def test_one_download_goes_on_at_a_time(server, served, monkeypatch):
    served.pause = 0.02
    real, going, at_once = downloads.fetch_weights, [], []

    def counted(*given):
        going.append(1)
        at_once.append(len(going))
        try:
            return real(*given)
        finally:
            going.pop()

    monkeypatch.setattr(downloads, "fetch_weights", counted)
    names = [f"{number}.pth" for number in range(4)]
    threads = [threading.Thread(target=fetch, args=(f"{server}/{MB}", name)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert at_once == [1, 1, 1, 1]


def test_who_waits_for_his_turn_can_leave(server, served):
    served.pause = 0.1
    first = threading.Thread(target=fetch, args=(f"{server}/{MB}",))
    first.start()
    while not served.asked:
        time.sleep(0.01)
    report = Report()
    report.stopped.set()
    began = time.monotonic()
    with pytest.raises(xai.Cancelled):
        downloads.fetched(SPEC, WeightsFile("b.pth", f"{server}/{MB}"), report)
    assert time.monotonic() - began < 0.5
    first.join()


def test_a_class_can_have_the_classic_networks():
    """ResNet-50 in both versions, VGG-16, GoogLeNet, DenseNet-121 and AlexNet fit into the default."""
    from xai_core.models import find_model, weights_file

    keys = ("resnet18", "resnet50", "vgg16", "googlenet", "densenet121", "alexnet", "mobilenet_v3_large")
    megabytes = sum(weights_file(find_model(key)).size_mb or 0 for key in keys)
    assert 700 < megabytes < downloads.MOST_MB
    assert all(downloads.refused(weights_file(find_model(key)).size_mb or 0) == "" for key in keys)


def test_the_page_names_no_folder(open_app, tmp_path):
    app = open_app(model="vgg16")
    assert not app.exception
    assert app.title[0].value == "VGG-16 is not on this server"
    said = " ".join(one.value for one in (*app.markdown, *app.caption, *app.code))
    assert "It can be downloaded, 528 MB, once for everybody who uses this server." in said
    assert str(tmp_path) not in said
    assert "Download 528 MB" in labels(app)


def test_a_download_that_fails_names_no_folder(open_app, tmp_path, monkeypatch):
    def fails(*_, **__):
        raise OSError(28, "No space left on device", str(tmp_path))

    monkeypatch.setattr("pooch.retrieve", fails)
    app = open_app(model="vgg16")
    button(app, "Download 528 MB").click().run()
    assert not app.exception
    assert [error.value for error in app.error] == [
        "vgg16-397923af.pth could not be fetched; the server's log says why."
    ]
    app = open_app("right_wrong", answers_of="cifar10")
    assert str(tmp_path) not in " ".join(one.value for one in app.markdown)
    button(app, f"Download {cifar10.MEGABYTES} MB").click().run()
    assert [error.value for error in app.error] == [
        "CIFAR-10 could not be fetched; the server's log says why."
    ]


@pytest.mark.parametrize(
    ("most", "sentence"), [("0", "Visitors of this server cannot"), ("500", "A download of 528")]
)
def test_a_page_says_that_nothing_can_be_downloaded(most, sentence, open_app, monkeypatch):
    monkeypatch.setenv("XAI_VISITOR_DOWNLOADS", most)
    app = open_app(model="vgg16")
    assert app.info[0].value.startswith(sentence)
    assert not [label for label in labels(app) if label.startswith("Download")]


def test_a_folder_that_cannot_be_written_to_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(tmp_path / "file" / "weights"))
    with pytest.raises(xai.InputError, match=r"^Nothing can be written to this server's folder: "):
        fetch("http://127.0.0.1:9/1")


def test_a_second_network_that_is_missing_is_offered(open_app):
    app = open_app("concepts", part_of="names", beside="vgg16")
    assert not app.exception
    assert "VGG-16 is not on this server" in [one.value for one in app.title]
