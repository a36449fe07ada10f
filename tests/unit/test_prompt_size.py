"""What one grading costs: bounded for every question of the bank, with the question's part the same each time."""

from interviewer.bank.bank import load_bank
from interviewer.bank.points import with_key_points
from interviewer.grading.messages import grading_messages
from interviewer.grading.segment import segment

CHARACTERS = 6_600
"""About 1,500 tokens with an answer of 150 words: a current tokenizer made 1,298 of 5,770 characters of an earlier prompt."""


def test_a_grading_asks_with_a_bounded_prompt_whatever_the_question() -> None:
    questions = load_bank().questions
    filling = " ".join(question.reference for question in questions[:3]).split()
    for question in questions:
        answer = segment(" ".join((question.reference.split() + filling)[:150]))
        system, user = grading_messages(question, answer)
        assert len(system["content"]) + len(user["content"]) <= CHARACTERS, question.id
        other, _ = grading_messages(question, segment("Something else."))
        assert other == system, "all that belongs to the question is a prefix that servers keep"
        paraphrases = [said for point in question.key_points for said in point.paraphrases]
        assert not any(said in system["content"] for said in paraphrases), "they are for the embedded grader"


def test_a_reference_alone_is_marked_as_a_teacher_marks_and_key_points_as_an_examiner_does() -> None:
    (own, *_) = load_bank().questions
    bare = with_key_points(own.model_copy(update={"key_points": ()}))
    proposed = own.model_copy(update={"proposed": ("key_points",)})
    for question, examiner in ((own, True), (bare, False), (proposed, False)):
        system, _ = grading_messages(question, segment("It depends."))
        assert ("a fair examiner gives" in system["content"]) == examiner
        assert ("a teacher gives" in system["content"]) != examiner
