"""Trust study: the host's form, the participant's questions, the results; and what a wrong key shows."""

import time

import pytest
from streamlit.testing.v1 import AppTest

import xai_core as xai
from xai_core.board import read_board
from xai_core.trust_study import Picture, Study, open_store, questions
from xai_core.trust_study.design import MOST_QUESTIONS

from .conftest import browse, button, html, labels, select

MODELS = ("efficientnet_lite0", "efficientnet_lite2")
ANSWERS = ["A clearly", "A slightly", "Equal", "B slightly", "B clearly"]
SECRET = "Our <b>secret</b> study"


@pytest.fixture(autouse=True)
def database(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    open_store.cache_clear()
    yield
    open_store().close()
    open_store.cache_clear()


def a_study(**changes) -> Study:
    pictures = (Picture("coffee", "Coffee", 967, "espresso"), Picture("camera", "Cameraman", 872, "tripod"))
    return Study(SECRET, MODELS, (0.88, 0.91), ("grad_cam",), pictures, **({"count": 3, "seed": 1} | changes))


def everything(app: AppTest) -> str:
    texts = [html(app), *(m.value for m in app.markdown), *(t.value for t in app.title)]
    return "\n".join([*texts, *(s.value for s in app.subheader), *(c.value for c in app.code)])


def test_the_host_makes_a_study_and_gets_two_links(open_app):
    app = open_app("study", judged_by="grad_cam", questions="2", study_seed="5")
    assert not app.exception
    assert "Both networks are right about" in app.expander[0].label
    assert not app.sidebar.selectbox, "a study is about no one picture"
    listed = next(m for m in app.multiselect if m.label == "Methods")
    every = select(browse(app, "judged-methods"), "Search").options
    assert "AttnLRP (not for both networks) · Attention" in every
    assert "AttnLRP needs attention, which efficientnet_lite0 does not have." in listed.help
    next(t for t in app.text_input if t.label == "Title").set_value("Tuesday").run()
    button(app, "Create the study").click().run()
    assert not app.exception
    keys = [code.value.split("=")[-1] for code in app.code[:2]]
    made = open_store().for_participants(keys[0])
    assert made == open_store().for_results(keys[1])
    study = made[1]
    assert (study.title, study.models, study.count, study.seed) == ("Tuesday", MODELS, 2, 5)
    assert study.accuracy == pytest.approx((0.883, 0.905))
    assert study.methods == ("grad_cam",)
    assert 29 < (study.expires - time.time()) / 86_400 <= 30
    for picture in study.pictures:
        image = xai.load_sample(picture.key)
        for model in MODELS:
            best = xai.predict(xai.load_model(model, device="cpu"), image, 1)[0].index
            assert best in xai.samples()[picture.key].classes
    assert app.query_params["results"] == keys[1]
    assert "Nobody has answered yet" in html(app)


@pytest.mark.peers
def test_pictures_that_are_no_samples_are_kept_with_the_study(open_app):
    app = open_app("study", judged_on="corruptions", judged_by="grad_cam", questions="3")
    button(app, "Create the study").click().run()
    assert not app.exception
    number, study = open_store().for_results(app.query_params["results"])
    used = {q.picture for q in questions(study)} - {p for p in study.pictures if p.key in xai.samples()}
    assert used
    for picture in used:
        assert xai.load_image(open_store().picture(number, picture.key)).sha256 == picture.key


def test_a_participant_answers_everything_and_each_answer_counts_once(open_app):
    keys = open_store().create(a_study())
    app = open_app("study", take=keys[0])
    assert not app.exception
    assert not app.sidebar.button
    next(t for t in app.text_input if t.label.startswith("Your name")).set_value(
        "<img src=x onerror=alert(1)>"
    ).run()
    button(app, "Start").click().run()
    assert not app.exception
    token = app.query_params["me"]
    number, study = open_store().for_participants(keys[0])
    person = open_store().participant(number, token)
    assert person.name == "<img src=x onerror=alert(1)>"
    for place, question in enumerate(questions(study, 0), 1):
        assert f"{place} of 3" in html(app)
        assert [label for label in labels(app) if label in ANSWERS] == ANSWERS
        assert not any(name in everything(app) for name in ("Lite0", "Lite2", *MODELS, "Grad-CAM"))
        assert question.picture.label in html(app)
        button(app, "A slightly").click().run()
        assert not app.exception
    assert "All 3 answers are in" in html(app)
    table = open_store().answers(number)
    assert table["question"].tolist() == [q.number for q in questions(study, 0)]
    assert table["value"].tolist() == [-1, -1, -1]
    app.text_area[0].set_value("<script>alert(2)</script>").run()
    button(app, "Send").click().run()
    results = open_app("study", results=keys[1])
    assert not results.exception
    assert "<img" not in everything(results)
    assert "<script" not in everything(results)
    assert results.dataframe[0].value["what"].tolist() == ["<script>alert(2)</script>"]


def test_a_pause_goes_on_where_it_stopped(open_app):
    keys = open_store().create(a_study())
    app = open_app("study", take=keys[0])
    button(app, "Start").click().run()
    button(app, "Equal").click().run()
    later = open_app("study", take=keys[0], me=app.query_params["me"])
    assert "2 of 3" in html(later)
    button(later, "B clearly").click().run()
    assert "3 of 3" in html(later)
    number = open_store().for_participants(keys[0])[0]
    assert len(open_store().participants(number)) == 1
    assert open_store().answers(number)["value"].tolist() == [0, 2]


@pytest.mark.parametrize("kind", ["take", "results"])
def test_a_wrong_or_expired_key_shows_nothing_of_the_study(open_app, kind):
    old = open_store().create(a_study(expires=time.time() - 1))
    keys = open_store().create(a_study())
    swapped = keys[1] if kind == "take" else keys[0]
    for key in ("wrong", swapped, old[0], old[1]):
        app = open_app("study", **{kind: key})
        assert not app.exception
        shown = everything(app)
        assert "This link opens no study" in shown
        assert "secret" not in shown
        assert not set(labels(app)) & {"Start", *ANSWERS}
        assert not app.get("plotly_chart")


def test_results_of_two_people(open_app, monkeypatch, tmp_path):
    """Both favour the more accurate model by 1 in every answer."""
    keys = open_store().create(a_study(count=4))
    number, study = open_store().for_results(keys[1])
    for name in ("Ada", "Grace & <i>Hopper</i>"):
        person = open_store().participant(number, open_store().join(number, name))
        for q in questions(study, person.number):
            open_store().answer(person.id, q.number, 1 if q.left != study.better else -1)
    app = open_app("study", results=keys[1])
    assert not app.exception
    shown = html(app)
    assert "Our &lt;b&gt;secret&lt;/b&gt; study" in shown
    assert "<strong>+1.00</strong>" in shown
    assert "<strong>+1.00 … +1.00</strong>" in shown
    assert "<strong>2 of 2</strong>" in shown
    assert "The maps lead people to the more accurate network" in shown
    assert len(app.get("plotly_chart")) == 4
    assert "<i>" not in "".join(chart.proto.spec for chart in app.get("plotly_chart"))
    assert next(d for d in app.get("download_button") if d.label == "All answers as CSV")
    monkeypatch.setenv("XAI_BOARDS_DIR", str(tmp_path))
    next(b for b in app.button if b.key == "pin-study-answers").click().run()
    assert not app.exception
    (pin,) = read_board(app.query_params["board"])
    assert (pin.page, pin.link) == ("study", ""), "the key of the results stays with the host"


def test_guess_first_asks_before_it_shows(open_app):
    keys = open_store().create(a_study(guess_first=True, count=1))
    app = open_app("study", take=keys[0])
    button(app, "Start").click().run()
    assert not app.exception
    assert not set(labels(app)) & set(ANSWERS)
    assert button(app, "Keep this mark").disabled
    next(s for s in app.slider if s.label == "Left and right").set_value((20, 60)).run()
    button(app, "Keep this mark").click().run()
    assert not app.exception
    assert [label for label in labels(app) if label in ANSWERS] == ANSWERS
    button(app, "Equal").click().run()
    number, _ = open_store().for_results(keys[1])
    (mark,) = open_store().marks(number).itertuples()
    assert (mark.x0, mark.x1, mark.y0, mark.y1) == (0.2, 0.6, 0.0, 1.0)
    results = open_app("study", results=keys[1])
    assert not results.exception
    assert "1 mark" in html(results)
    assert "EfficientNet-Lite2: IoU" in html(results)


def test_a_link_may_ask_for_as_many_questions_as_a_study_may_have(open_app):
    """The library of studies is not loaded for pages that do not need it, so the limit stands twice."""
    assert not open_app("study", questions=str(MOST_QUESTIONS)).warning
    refused = open_app("study", questions=str(MOST_QUESTIONS + 1)).warning
    assert f"from 1 to {MOST_QUESTIONS} is accepted" in refused[0].value


def test_a_form_that_cannot_be_asked_says_why(open_app):
    app = open_app("study", judged="efficientnet_lite0,efficientnet_lite0")
    assert any("Two different models are accepted" in w.value for w in app.warning)
    app = open_app("study", judged_by="")
    assert not app.exception
    assert any("The methods are" in info.value for info in app.info)
    assert "Create the study" not in labels(app)
    app = open_app("study", judged_on="folder", labelled="/nowhere")
    assert any("There is no folder '/nowhere'" in error.value for error in app.error)
