"""Live meeting: who follows sees what the presenter sees, guesses, asks, and lets go."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from pages._ui.results import meetings, networks
from tests.app import switch
from xai_core.meeting import Mark
from xai_core.trust_study import open_store

from .conftest import button, html, labels, select


@pytest.fixture(autouse=True)
def own_database(tmp_path, monkeypatch):
    """A database of the test's own, and with it limits that no other test has used up."""
    monkeypatch.setenv("XAI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    open_store.cache_clear()
    meetings.changed()
    yield
    open_store().close()
    open_store.cache_clear()
    meetings._services.cache_clear()


def presenting(open_app, page: str = "overview", **link: str):
    """A presenter at that page, and the code."""
    app = open_app(page, **link)
    next(b for b in app.button if b.key == "present-live").click().run()
    assert not app.exception
    return app, link_of(app)["follow"]


def link_of(app) -> dict[str, str]:
    """The whole address of a session."""
    return {name: v[0] if isinstance(v, list) else v for name, v in app.query_params.items()}


def address(app) -> dict[str, str]:
    """The address of a session, without what is its own."""
    return {name: v for name, v in link_of(app).items() if name not in ("follow", "seat", "lead", "board")}


def there(app, page: str):
    """A run of a session at the page to which it was taken: AppTest forgets that."""
    return switch(app, page).run()


def pictures_of(app) -> list[str]:
    """The pictures of the page, whose names are digests of their bytes."""
    return [image.proto.imgs[0].url for image in app.main.get("image")]


def role_of(app) -> meetings.Role:
    return app.session_state["_role"][1]


def test_a_follower_goes_where_the_presenter_goes(open_app):
    lead, code = presenting(open_app, "gallery", image="coffee", relu="off")
    follower = open_app("overview", image="", follow=code)
    assert not follower.exception
    assert follower.title[0].value == lead.title[0].value == "CAM gallery"
    assert address(follower) == address(lead)
    assert "relu" in address(follower)
    switch(lead, "compare").run()
    assert follower.run().title[0].value == "Compare methods"
    assert address(follower) == address(lead)
    assert "lead" not in follower.query_params


def test_the_pictures_are_the_same_bytes_and_computed_once(open_app):
    lead, code = presenting(open_app, "gallery", image="rocket")
    passes = networks.handle("efficientnet_lite0").ledger.passes
    follower = open_app("overview", image="", follow=code)
    seen, shown = pictures_of(follower), pictures_of(lead)
    assert seen == shown
    assert len(seen) > 6
    assert networks.handle("efficientnet_lite0").ledger.passes == passes


def test_who_is_led_sees_what_is_chosen_without_controls_until_he_lets_go(open_app):
    lead, code = presenting(open_app, "gallery", image="coffee", target="282")
    follower = open_app("overview", image="", follow=code)
    assert not follower.exception
    assert not follower.sidebar.selectbox
    assert not follower.sidebar.button
    assert not follower.main.multiselect
    facts = html(follower)
    assert all(f"<td>{value}</td>" in facts for value in ("EfficientNet-Lite0", "Coffee", "tiger cat"))
    assert address(follower) == address(lead)
    button(follower, "Explore by yourself").click().run()
    assert {"Model", "Class", "Compare with"} <= {box.label for box in follower.sidebar.selectbox}
    assert select(follower, "Class").value == 282
    assert address(follower) == address(lead)


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("overview", {"method": "layer_cam", "layer": "blocks.4", "relu": "off"}),
        ("gallery", {"rows": "class", "columns": "variant", "layers": "blocks.4", "methods": "grad_cam"}),
        ("gallery", {"both": "on", "counterfactual": "on", "methods": "hires_cam,eigen_cam"}),
        ("compare", {"maps": "grad_cam,layer_cam@blocks.4"}),
    ],
)
def test_without_settings_of_his_own_who_is_led_sees_what_the_presenters_make(open_app, page, link):
    lead, code = presenting(open_app, page, image="coffee", **link)
    assert link.items() <= address(lead).items()
    follower = open_app("overview", image="", follow=code)
    assert not follower.exception
    assert pictures_of(follower) == pictures_of(lead) != []
    assert address(follower) == address(lead)


def test_who_lets_go_is_left_alone_and_comes_back(open_app):
    lead, code = presenting(open_app, "gallery")
    follower = open_app("overview", image="", follow=code)
    button(follower, "Explore by yourself").click().run()
    switch(follower, "overview").run()
    before = address(lead)
    assert follower.title[0].value != "CAM gallery"
    assert lead.run().title[0].value == "CAM gallery"
    assert address(lead) == before, "a follower moves nobody"
    switch(lead, "methods").run()
    assert follower.run().title[0].value not in ("CAM gallery", "Methods")
    button(follower, "Back to the presenter").click().run()
    assert follower.title[0].value == "Methods"


def test_who_has_let_go_is_still_alone_when_the_page_is_loaded_again(open_app):
    _, code = presenting(open_app, "gallery")
    follower = open_app("overview", image="", follow=code)
    button(follower, "Explore by yourself").click().run()
    again = open_app("methods", **link_of(follower))
    assert again.title[0].value == "Methods"
    button(again, "Back to the presenter").click().run()
    assert again.title[0].value == "CAM gallery"


def test_a_meeting_goes_on_after_a_restart(open_app):
    lead, code = presenting(open_app, "gallery", image="coffee")
    follower = open_app("overview", image="", follow=code)
    person = role_of(follower)
    links = [link_of(app) for app in (lead, follower)]
    meetings._services.cache_clear()
    meetings.changed()
    lead, follower = (open_app("gallery", **link) for link in links)
    assert role_of(lead).presents
    assert role_of(follower) == person, "the seat is in the address"
    switch(lead, "compare").run()
    assert follower.run().title[0].value == "Compare methods"


def test_a_round_of_guesses(open_app):
    lead, code = presenting(open_app, "meeting")
    follower = open_app("overview", image="", follow=code)
    assert follower.title[0].value == "Live meeting"
    select(lead, "Map that is held back").set_value("grad_cam").run()
    button(lead, "Hold the map back and ask").click().run()
    assert not lead.exception
    assert "Held back: Grad-CAM for" in html(lead)
    there(follower, "meeting")
    assert "Tap the place where Grad-CAM will be highest" in html(follower)
    role = role_of(follower)
    here = meetings.services()
    (asked,) = here.rounds.all(role.meeting)
    here.rounds.mark(asked.id, role.person, Mark(0.5, 0.4))
    assert "Your mark is kept" in html(there(follower, "meeting"))
    button(lead, "Show the map and all marks").click().run()
    assert not lead.exception
    for app in (lead, there(follower, "meeting")):
        assert "1 person has marked the picture: too few to say" in html(app)
        assert not any("Tap the place" in text for text in html(app).splitlines())
    (asked,) = here.rounds.all(role.meeting)
    assert asked.outcome["marks"] == 1
    assert here.rounds.picture(asked.id).startswith(b"\xff\xd8")


def test_questions_votes_and_answers(open_app):
    lead, code = presenting(open_app, "meeting")
    follower, other = (open_app("overview", image="", follow=code) for _ in range(2))
    there(follower, "meeting")
    follower.text_input(key="meeting-question").set_value("Why **the** ear?").run()
    button(follower, "Send").click().run()
    assert not follower.exception
    there(other, "meeting")
    button(other, "1 wants to know").click().run()
    assert "2 want to know" in html(lead.run())
    assert any(r"\*\*the\*\*" in one.value for one in lead.markdown), "what people type is text"
    button(lead, "Answered").click().run()
    assert "Answered" in html(there(other, "meeting"))
    assert button(other, "2 want to know").disabled


def test_the_minutes_hold_everything_and_no_key(open_app):
    lead, code = presenting(open_app, "meeting", image="coffee")
    follower = open_app("overview", image="", follow=code)
    there(follower, "meeting")
    follower.text_input(key="meeting-question").set_value("Why <b>there</b>?").run()
    button(follower, "Send").click().run()
    from pages._ui.meeting import minutes
    from xai_core.meeting.minutes import collect, minutes_html, minutes_zip

    here = meetings.services()
    found = collect(here.meetings, here.rounds, here.questions, role_of(lead).meeting)
    shown = minutes_html(found, (), minutes.NAME)
    assert "Why &lt;b&gt;there&lt;/b&gt;?" in shown
    assert "/meeting?image=coffee" in shown
    for key in ("follow", "seat", "lead"):
        assert f"{key}=" not in shown
    names = zipfile.ZipFile(io.BytesIO(minutes_zip(found, ()))).namelist()
    assert {"minutes.html", "views.csv", "questions.csv", "rounds.csv", "manifest.json"} <= set(names)
    assert [d.label for d in lead.get("download_button")] == ["Minutes as HTML", "Minutes as ZIP"]


def test_an_ended_meeting_sets_everybody_free(open_app):
    lead, code = presenting(open_app, "meeting")
    follower = open_app("overview", image="", follow=code)
    button(lead, "End it now").click().run()
    assert not lead.exception
    assert "Your meeting has ended" in lead.markdown[0].value
    there(follower, "meeting")
    assert any("The meeting has ended" in warning.value for warning in follower.warning)
    assert "follow" not in follower.query_params
    button(lead, "Leave and delete them").click().run()
    assert not lead.exception
    assert next(b for b in lead.button if b.key == "begin")


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"follow": "tiger-olive-comet-42"}, "There is no meeting of this code"),
        ({"lead": "x" * 22}, "This key presents no meeting"),
        ({"follow": "<script>"}, "three words and a number"),
        ({"seat": "short"}, "A key has 22 letters"),
    ],
)
def test_a_wrong_key_opens_nothing_and_says_so(open_app, link, sentence):
    app = open_app("methods", **link)
    assert not app.exception
    assert any(sentence in warning.value for warning in app.warning)
    assert not set(link) & set(app.query_params)
    assert "Explore by yourself" not in labels(app)


def test_somebody_elses_seat_is_not_taken(open_app):
    """A seat of another meeting is none; the follower gets one of this meeting."""
    _, first = presenting(open_app, "methods")
    _, second = presenting(open_app, "methods")
    one = open_app("methods", follow=first)
    seat = link_of(one)["seat"]
    two = open_app("methods", follow=second, seat=seat)
    assert link_of(two)["seat"] != seat
    assert role_of(two).meeting != role_of(one).meeting


def test_no_link_and_no_pin_gives_a_meeting_away(open_app):
    lead, _ = presenting(open_app, "overview")
    shown = "\n".join(code.value for code in lead.code)
    assert not re.search(r"(follow|seat|lead)=", shown)


def test_the_page_says_what_it_is_for_with_a_picture(open_app):
    app = open_app("meeting")
    assert not app.exception
    assert {"Present live", "Follow"} <= set(labels(app))
    assert any("the others see the same picture" in str(image.proto) for image in app.get("image"))
    app.text_input(key="meeting-code").set_value("what?").run()
    button(app, "Follow").click().run()
    assert any("is no code of a meeting" in warning.value for warning in app.warning)


def test_who_follows_looks_at_the_presenters_pinboard_and_has_no_key_of_it(open_app, monkeypatch, tmp_path):
    monkeypatch.setenv("XAI_BOARDS_DIR", str(tmp_path))
    lead, code = presenting(open_app, "overview")
    next(b for b in lead.button if b.key == "pin-top5").click().run()
    switch(lead, "board").run()
    board = link_of(lead)["board"]
    follower = open_app("overview", image="", follow=code)
    assert not follower.exception
    assert follower.title[0].value == "Pinboard"
    assert "Top five classes of" in html(follower)
    assert not any("title-" in str(widget.key) for widget in follower.text_input)
    assert "Remove" not in labels(follower)
    assert "board" not in link_of(follower)
    assert board not in str(follower.session_state["_chosen"].values)
