"""Where weights are found, how they are fetched, and what is said when they cannot be had.

Every file is real: made here, or served by a web server on this machine."""

import gc
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import xai_core as xai
from xai_core.models.spec import ModelSpec, WeightsFile
from xai_core.models.weights import fetch_weights, find_weights, weights_folder

SPEC = ModelSpec("toy", "Toy", "torchvision", "toy")
BODY = bytes(range(256)) * 400
DIGEST = hashlib.sha256(BODY).hexdigest()
RESNET18 = "resnet18-f37072fd.pth"


@pytest.fixture
def server():
    """/good sends BODY, /short breaks off half way, everything else is 404. `server.asked` lists the
    paths.
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if self.path.rsplit("/", 1)[-1] not in ("good.pth", "short.pth"):
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY if "good" in self.path else BODY[: len(BODY) // 2])

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        running.asked = asked
        running.address = f"http://127.0.0.1:{running.server_port}"
        yield running
        running.shutdown()
        thread.join()


def put(folder: Path, name: str, data: bytes = b"x") -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def files_under(folders: dict[str, Path]) -> list[Path]:
    return sorted(path for folder in folders.values() for path in folder.iterdir())


# --- the order of places


def test_the_folder_for_weights(folders, monkeypatch):
    assert weights_folder() == folders["mine"]
    monkeypatch.delenv("XAI_WEIGHTS_DIR")
    assert weights_folder() == folders["torch"]


def test_order_mine_then_torch_then_the_hubs_cache_then_download(folders, server, tmp_path):
    hub = put(tmp_path, "hub-blob")
    here = {"path": hub}
    file = WeightsFile(
        "good.pth", f"{server.address}/good.pth", sha256=DIGEST[:8], local=lambda: here["path"]
    )
    in_torch, in_mine = put(folders["torch"], "good.pth"), put(folders["mine"], "good.pth")
    assert find_weights(file) == in_mine
    in_mine.unlink()
    assert find_weights(file) == in_torch
    in_torch.unlink()
    assert find_weights(file) == hub
    assert fetch_weights(SPEC, file) == hub
    assert server.asked == []
    here["path"] = None
    assert find_weights(file) is None
    assert fetch_weights(SPEC, file) == folders["mine"] / "good.pth"
    assert server.asked == ["/good.pth"]


def test_a_package_comes_before_everything(folders, tmp_path):
    packaged = put(tmp_path, "in-the-package")
    put(folders["mine"], "toy.pth")
    assert find_weights(WeightsFile("toy.pth", local=lambda: packaged, packaged=True)) == packaged


def test_a_folder_of_that_name_is_no_file(folders):
    (folders["mine"] / "toy.pth").mkdir()
    assert find_weights(WeightsFile("toy.pth")) is None


# --- downloads


def test_a_download_reports_progress_and_is_used_the_next_time(folders, server):
    file = WeightsFile("good.pth", f"{server.address}/good.pth", sha256=DIGEST[:8])
    seen = []
    path = fetch_weights(SPEC, file, lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == BODY
    assert seen[-1] == (len(BODY), len(BODY))
    assert len(seen) > 2
    assert all(total == len(BODY) for _, total in seen)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert fetch_weights(SPEC, file) == path
    assert len(server.asked) == 1
    assert files_under(folders) == [path, path.with_name("good.pth.sha256")]


def test_a_missing_folder_is_made(folders, server, monkeypatch):
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(folders["mine"] / "new" / "folder"))
    path = fetch_weights(SPEC, WeightsFile("good.pth", f"{server.address}/good.pth"))
    assert path == folders["mine"] / "new" / "folder" / "good.pth"


@pytest.mark.parametrize(
    ("path", "digest"),
    [("good.pth", "00000000"), ("short.pth", DIGEST), ("absent.pth", DIGEST)],
    ids=["wrong digest", "broken off", "not found"],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_failed_download_leaves_nothing_behind(path, digest, folders, server):
    file = WeightsFile(path, f"{server.address}/{path}", size_mb=12.3, sha256=digest)
    with pytest.raises(xai.WeightsMissing) as caught:
        fetch_weights(SPEC, file)
    assert files_under(folders) == []
    error = caught.value
    assert (error.model, error.filename, error.folder) == ("toy", path, str(folders["mine"]))
    assert error.url == f"{server.address}/{path}"
    del caught, error
    gc.collect()  # the broken connection is closed here, and not in the midst of another test


def test_without_network_the_message_names_file_size_and_folder(folders):
    with pytest.raises(xai.WeightsMissing) as caught:
        xai.load_model("resnet18")
    error = caught.value
    assert str(error).startswith(
        "The weights of resnet18 are not on this machine: put the file resnet18-f37072fd.pth (45 MB) into "
        f"{folders['mine']}, or connect to the network ("
    )
    assert error.size_mb == pytest.approx(44.661)
    assert files_under(folders) == []


def test_a_file_with_no_address_is_missing_without_a_download(folders):
    with pytest.raises(xai.WeightsMissing, match=r"put the file toy\.pth into"):
        fetch_weights(SPEC, WeightsFile("toy.pth"))
