"""Text that fits, legends, the style sheet and the files of pictures."""

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from cada_tf.apps.pictures import INCHES, encode, look
from figures.drawing import add_legend, add_title, legend_columns, separate_labels, wrapped

words = st.text("aeiMW. %→", max_size=60)


@given(st.lists(words, max_size=4), st.sampled_from([0.3, 1, *INCHES]))
def test_lines_are_no_wider_than_wanted_and_lose_no_letter(lines, inches):
    with look():
        parts = wrapped(lines, inches)
        figure = Figure()
        texts = [figure.text(0, 0, part) for part in parts]
        widths = [text.get_window_extent().width / figure.dpi for text in texts]
    assert max(widths, default=0) <= inches + 0.02  # pixels
    assert "".join("".join(parts).split()) == "".join("".join(lines).split())


def test_lines_are_broken_between_words_but_not_before_a_unit():
    with look():
        assert wrapped(["one two", ""], 9) == ["one two", ""]
        assert wrapped(["one two"], 0.25) == ["one", "two"]
        assert wrapped(["WW 8 %"], 0.35) == ["WW", "8\u00a0%"]


@given(
    st.lists(words, min_size=1, max_size=20),
    st.sampled_from(INCHES),
    st.sampled_from([2.0, 3.5]),
)
def test_a_legend_fits_below_the_panels(labels, width, handle):
    with look():
        figure = Figure((width, 2))
        axes = figure.subplots()
        lines = [axes.plot([0, 1], [0, 1])[0] for _ in labels]
        add_title(figure, labels[:1])
        add_legend(figure, lines, labels, title=labels[-1], handle=handle)
        figure.draw_without_rendering()
        box = figure.legends[0].get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width
    assert 0 <= box.y0 < box.y1 <= axes.bbox.y0
    assert axes.bbox.height / figure.dpi > 1  # of two inches


def test_a_legend_has_as_many_columns_as_fit():
    with look():
        assert legend_columns(["CADA"] * 8, 6.69) == 8
        assert legend_columns(["CADA"] * 8, 3.35) == 4
        assert legend_columns(["a label that is longer"] * 2 + ["CADA"] * 4, 6.69, 3.5) == 5
        assert legend_columns(["x" * 200, "CADA"], 6.69) == 1


def test_labels_that_would_touch_take_a_second_line():
    with look():
        figure = Figure((2, 2))
        axes = figure.subplots()
        axes.set_xlim(0, 10)
        axes.set_xticks([1, 5, 5.5, 5.6, 9], ["10", "20", "30", "40", "50"])
        separate_labels(axes)
    found = [label.get_text() for label in axes.get_xticklabels()]
    assert found == ["10", "20", "\n30", "", "50"]


def make_picture() -> Figure:
    with look():
        figure = Figure((3, 2))
        figure.subplots().set_title("a $b$ title")
    return figure


@pytest.mark.parametrize("format", ["png", "pdf"])
def test_the_users_settings_do_not_change_a_picture(format):
    expected = encode(make_picture(), format)
    user = {"font.size": 20, "text.usetex": True, "pdf.fonttype": 3, "savefig.dpi": 50}
    with matplotlib.rc_context(user):
        assert encode(make_picture(), format) == expected
        assert matplotlib.rcParams["font.size"] == 20


def test_text_in_a_pdf_is_text():
    pdf = encode(make_picture(), "pdf")
    assert b"/Subtype /Type0" in pdf
    assert b"/Type3" not in pdf


def test_letters_have_seven_points():
    with look():
        sizes = {name: value for name, value in matplotlib.rcParams.items() if "size" in name}
        assert sizes["font.size"] == 7
        letters = ("axes.titlesize", "axes.labelsize", "figure.titlesize", "legend.fontsize")
        letters += ("legend.title_fontsize", "xtick.labelsize", "ytick.labelsize")
        assert {sizes[name] for name in letters} == {"medium"}
