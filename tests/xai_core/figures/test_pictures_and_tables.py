"""Pictures and tables as figures, and back from the figure's JSON, as a board keeps them."""

import io

import numpy as np
import pandas as pd
from PIL import Image

from xai_core.board.figure_file import figure_picture, figure_table, read_figure
from xai_core.figures import contact_sheet, encode, picture_figure, table_figure


def test_a_picture_comes_back_byte_for_byte():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    for kind in ("PNG", "JPEG"):
        file = encode(pixels, kind)
        figure = picture_figure(file)
        assert tuple(figure.layout.xaxis.range) == (0, 30)
        assert tuple(figure.layout.yaxis.range) == (20, 0), "the first row on top"
        assert figure_picture(read_figure(figure.to_json())) == (kind.lower(), file)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode(pixels, "PNG")))), pixels)


def test_a_table_comes_back_with_all_digits():
    frame = pd.DataFrame(
        {"map": ["a", "<b>"], "IoU": [1 / 3, np.nan], "passes": [7, 1234], "sound": [True, False]}
    )
    figure = table_figure(frame, {"IoU": ".2f"}, "#000", "#ccc")
    cells = figure.data[0].cells
    assert list(cells.format) == ["", ".2f", "", ""]
    assert list(cells.align) == ["left", "right", "right", "left"]
    read = read_figure(figure.to_json())
    assert figure_picture(read) is None
    table = figure_table(read)
    assert table.columns.tolist() == frame.columns.tolist()
    assert table["map"].tolist() == ["a", "<b>"]
    assert table["IoU"].tolist()[0] == 1 / 3
    assert pd.isna(table["IoU"].tolist()[1])
    assert table["passes"].tolist() == [7, 1234]
    assert table["sound"].tolist() == ["True", "False"]


def test_what_is_a_chart_is_no_picture():
    figure = picture_figure(encode(np.zeros((4, 4, 3), np.uint8), "PNG"))
    figure.layout.images[0].source = "data:image/svg+xml;base64,AAAA"
    assert figure_picture(figure) is None
    figure.layout.images[0].source = "data:image/png;base64,AAA"
    assert figure_picture(figure) is None, "cut off"
    assert figure_picture(figure.add_bar(y=[1])) is None


def test_a_contact_sheet():
    tiles = [np.full((2, 3, 3), n, np.uint8) for n in range(3)]
    sheet = contact_sheet(tiles, 2)
    assert sheet.shape == (2 + 8 + 2, 3 + 8 + 3, 3)
    assert (sheet[:2, :3] == 0).all()
    assert (sheet[:2, 11:] == 1).all()
    assert (sheet[10:, :3] == 2).all()
    assert (sheet[2:10] == 255).all()
    assert (sheet[10:, 3:] == 255).all()
    assert contact_sheet(tiles[:1], 4).shape == (2, 3, 3)
