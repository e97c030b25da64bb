"""Which of two networks seems more reliable? The blind study of Grad-CAM's authors, for any two models.

    study = Study("Lab meeting", ("efficientnet_lite0", "efficientnet_lite2"), (0.883, 0.905), ("grad_cam",),
    pictures) store = open_store() participants_key, results_key = store.create(study)

People see two maps of one picture, one of each model and without its name, and say which model seems more
reliable: -2 (the left one clearly) ... 2 (the right one clearly). What counts is whether they favour the more
accurate model (Selvaraju et al., Grad-CAM, ICCV 2017, section 5.2)."""

from .design import VALUES, Picture, Question, Study, eligible, questions
from .guesses import GuessScore, group_map, guess_score, on_grid
from .kept import KeptPicture, KeptPictures, Link
from .results import Summary, alpha, by_method, distribution, raters_needed, score_table, spread, summary
from .store import Participant, StudyStore, open_store

__all__ = [
    "VALUES",
    "GuessScore",
    "KeptPicture",
    "KeptPictures",
    "Link",
    "Participant",
    "Picture",
    "Question",
    "Study",
    "StudyStore",
    "Summary",
    "alpha",
    "by_method",
    "distribution",
    "eligible",
    "group_map",
    "guess_score",
    "on_grid",
    "open_store",
    "questions",
    "raters_needed",
    "score_table",
    "spread",
    "summary",
]
