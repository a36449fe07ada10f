"""Guides as people write them become banks; nothing is merged, lost or invented."""

import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from interviewer.bank.bank import user_banks
from interviewer.bank.enrich import missing_parts
from interviewer.bank.importers import Imported, import_files
from interviewer.bank.importers.question_finder import read_markdown
from interviewer.errors import InputError
from tests.conftest import Run, takes_linear_time
from tests.fakes import Sent, question, serving

GUIDE = """# Guide

Some words before the first question.

## Machine Learning

1. What is a tensor?
2. What is a GPU?

## Answers

1. **What is a tensor?**

   - An array with any number of axes.
   - Frameworks track gradients for it.

2. **What is a GPU?**
A processor for many small sums.
   1. It loads data.
   2. It multiplies.

```python
# 3. **Not a question?**
```
"""


def imported(path: Path, text: str | bytes, name: str = "guide.md") -> Imported:
    file = path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_files([file])


def test_questions_and_answers_in_two_places_become_one(tmp_path: Path) -> None:
    found = imported(tmp_path, GUIDE)
    assert [question.question for question in found.questions] == ["What is a tensor?", "What is a GPU?"]
    assert "any number of axes" in found.questions[0].reference
    assert "It multiplies" in found.questions[1].reference
    assert all(question.key_points == () for question in found.questions)
    assert any(note.line == 3 for note in found.notes)


@pytest.mark.parametrize(
    "change", [lambda t: t.replace("\n", "\r\n"), lambda t: "\ufeff" + t, lambda t: t.replace("   ", "\t")]
)
def test_line_ends_marks_and_tabs_change_nothing(tmp_path: Path, change: Callable[[str], str]) -> None:
    plain = imported(tmp_path, GUIDE)
    assert [q.question for q in imported(tmp_path, change(GUIDE)).questions] == [q.question for q in plain.questions]


def test_what_is_missing_in_an_indented_list_is_told_with_its_line(tmp_path: Path) -> None:
    text = "Read on.\n\n    **Q1:** What is coal?\n\n    **A:** Wood.\n\n    **Q2:** What is oil?\n\n    **Q3:** What is tar?\n"
    assert [(note.line, str(note)[8:17]) for note in imported(tmp_path, text).notes] == [
        (1, "left out,"),
        (7, "kept with"),
        (9, "kept with"),
    ]


def test_what_is_missing_in_html_without_blank_lines_is_told_with_its_line(tmp_path: Path) -> None:
    asked = "".join(f"<details>\n<summary>What is {name}?</summary>\n</details>\n" for name in ("oil", "tar"))
    text = f"<details>\n<summary>What is coal?</summary>\nOld.\n</details>\n{asked}"
    assert [note.line for note in imported(tmp_path, text).notes] == [6, 9]


def test_headings_inside_an_answer_divide_it_and_headings_over_questions_are_topics(tmp_path: Path) -> None:
    text = """# Guide

## Tensors

1. **What is a tensor?**

#### In short

An array with any number of axes.

#### In depth

1. It has a shape.
2. It has a type.

### Hardware (advanced)

2. **What is a GPU?**

A processor for many small sums.
"""
    found = imported(tmp_path, text)
    assert not found.notes
    tensor, gpu = found.questions
    assert [line for line in tensor.reference.split("\n") if line] == [
        "In short",
        "An array with any number of axes.",
        "In depth",
        "1. It has a shape.",
        "2. It has a type.",
    ]
    assert (tensor.topic, tensor.level, gpu.topic, gpu.level) == ("tensors", "basic", "hardware-advanced", "advanced")


def test_a_title_that_names_both_levels_names_none(tmp_path: Path) -> None:
    text = "# Hard questions\n\n## From simple to complex ones\n\n### What is coal?\n\nWood.\n\n### What is oil?\n\nA liquid.\n"
    assert [one.level for one in imported(tmp_path, text).questions] == ["advanced", "advanced"]


def test_other_languages_and_restarting_numbers(tmp_path: Path) -> None:
    text = "## Eins\n\n1. **Was ist Überanpassung?**\n\nRauschen.\n\n## Zwei\n\n1. **什么是注意力？**\n\n加权求和。\n"
    found = imported(tmp_path, text)
    assert [(q.number, q.topic) for q in found.questions] == [(1, "eins"), (2, "zwei")]
    assert found.questions[1].reference == "加权求和。"


@pytest.mark.parametrize(
    "text",
    [
        lambda n: "a" + 100 * n * " " + "b",
        lambda n: 30 * n * "# Q: a?\n# b\n",
        lambda n: "a" + 19 * n * "`",
        lambda n: 19 * n * "(" + "x",
        lambda n: "## What is it?\n\n" + 4 * n * "B\n",
        lambda n: "> [!faq]- What is it?\n" + 30 * n * "\n",
        lambda n: 4 * n * "{#" + 4 * n * " answer",
        lambda n: "## What is it?\n\n" + 2 * n * "Tags: a\n\n" + 2 * n * "Tags: a\n",
        lambda n: 5 * n * "```markdown\n```a\n```\n```\n",
    ],
    ids=["blanks", "headings", "backticks", "brackets", "letters", "boxes", "words", "remarks", "fences"],
)
def test_odd_files_are_read_in_linear_time(text: Callable[[int], str]) -> None:
    # Measured: 5.2 times as long, and 10 to 16 times with the quadratic searches that there once were.
    assert takes_linear_time(lambda size: read_markdown(text(size)), 400)


def test_a_paragraph_is_read_up_to_the_longest_answer_and_never_cut_short(tmp_path: Path) -> None:
    said = "The leaves draw in hot water for a while. "
    text = "# What is tea?\n\n{}It is **hot**.\n\n# What is mate?\n\nA holly.\n"
    tea, _ = imported(tmp_path, text.format(475 * said)).questions
    assert tea.reference == f"{475 * said}It is hot."
    found = imported(tmp_path, text.format(480 * said))
    assert [one.question for one in found.questions] == ["What is mate?"]
    assert [str(note) for note in found.notes] == ["line 1: left out: reference: should have at most 20000 characters"]


@pytest.mark.slow
def test_a_large_guide_takes_linear_time_and_loses_nothing(tmp_path: Path) -> None:
    words = " ".join(f"word{n}" for n in range(120))
    questions = [f"{n}. **What is concept {n} of field {n % 89}?**\n\n{words} {n}\n\n" for n in range(1, 1_201)]

    def read(count: int) -> None:
        assert len(imported(tmp_path, "".join(questions[:count])).questions) == count

    assert takes_linear_time(read, len(questions))


def test_ids_stay_when_the_wording_changes(tmp_path: Path) -> None:
    first = imported(tmp_path, GUIDE)
    (tmp_path / "guide.md").write_text(GUIDE.replace("What is a GPU?", "What is a graphics processor?"))
    again = import_files([tmp_path / "guide.md"], first.questions)
    assert [question.id for question in again.questions] == [question.id for question in first.questions]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("bomb.yaml", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "bomb.yaml:2: aliases"),
        ("tag.yaml", "- !!python/object/apply:os.system ['true']\n", "tag.yaml:1"),
        ("twice.yaml", "- id: a\n  id: b\n", "twice.yaml:2: the key 'id'"),
        ("deep.json", "[" * 100_000, "deep.json"),
        ("bad.csv", 'question,answer\n"open,1\n', "bad.csv:2"),
        ("noise.md", b"\x00\x01\x02\xff", "noise.md"),
        ("nothing.md", "Just some prose.\n", "no question was found"),
    ],
)
def test_hostile_files_end_in_one_clear_line(run: Run, tmp_path: Path, name: str, text: str | bytes, says: str) -> None:
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run("bank", "import", name)
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.err
    assert done.err.count("\n") <= 3


def test_a_bank_of_ones_own_can_be_practised_and_imported_again(run: Run, tmp_path: Path, home: Path) -> None:
    (tmp_path / "mine.md").write_text(GUIDE)
    first = run("bank", "import", "mine.md")
    assert first.code == 0, first.err
    assert "2 questions" in first.out
    assert user_banks(home / "banks") == ("mine",)
    done = run("practice", "--bank", "mine", "--question", "1", stdin="An array with several axes.\n/done\n")
    assert done.code == 0, done.err
    assert "has no key points" in done.out
    assert run("bank", "import", "mine.md").code == 2
    assert run("bank", "import", "mine.md", "--force").code == 0


POINT = {"text": "Tea is made of leaves in hot water.", "weight": 3, "paraphrases": ["You pour boiling water on a plant."]}
PROPOSAL = json.dumps(
    {
        "key_points": [POINT, *({**POINT, "text": f"Fact {n} about steeping leaves.", "weight": n} for n in (1, 2))],
        "misconceptions": ["Tea is a kind of coffee."],
        "follow_ups": [{"text": "How long does it steep?", "key_point": 2}],
    }
)


def test_enrich_marks_its_proposals_and_touches_nothing_else(run: Run, tmp_path: Path, home: Path) -> None:
    (tmp_path / "mine.md").write_text("1. **What is tea?**\n\nA drink made of leaves and hot water. It steeps for minutes.\n")
    assert run("bank", "import", "mine.md").code == 0
    assert run("bank", "show", "1", "--bank", "mine").err == ""
    with serving(PROPOSAL) as server:
        done = run("bank", "enrich", "mine", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
        assert done.code == 0, done.err
        assert run("bank", "enrich", "mine", OPENAI_BASE_URL=server.url).err.strip() == "Nothing is missing."
    warning = "Proposed by an LLM, not checked by a person: key_points, misconceptions, follow_ups"
    assert run("bank", "show", "1", "--bank", "mine").err.strip() == warning
    (row,) = yaml.safe_load((home / "banks" / "mine.yaml").read_text())
    assert row["proposed"] == ["key_points", "misconceptions", "follow_ups"]
    assert row["reference"].startswith("A drink")
    graded = run("grade", "--bank", "mine", "--question", "1", "--grader", "embedded", stdin="Leaves in boiling water.")
    assert "nobody has checked" in graded.out
    assert run("bank", "import", "mine.md", "--force").code == 0
    (again,) = yaml.safe_load((home / "banks" / "mine.yaml").read_text())
    assert again == row


def test_enrich_goes_on_after_a_failure_and_stops_after_two_in_a_row(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text("".join(f"## What is tea {n}?\n\nLeaves and hot water. It steeps.\n\n" for n in range(5)))
    assert run("bank", "import", "mine.md").code == 0
    refused = Sent({"error": {"message": "no"}}, 401)
    with serving(refused, PROPOSAL, refused, refused, PROPOSAL) as server:
        done = run("bank", "enrich", "mine", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
    assert done.code == 3
    assert "4 of 5: " in done.err
    assert "5 of 5: " not in done.err
    assert "1 of 5 questions enriched" in done.err


def test_a_question_without_a_reference_answer_needs_one_first(run: Run, tmp_path: Path, home: Path) -> None:
    (tmp_path / "bare.md").write_text("1. What is tea?\n2. What is rice?\n")
    done = run("bank", "import", "bare.md")
    assert "line 1: kept without a reference answer: add one, or answers to it cannot be graded" in done.err
    before = (home / "banks" / "bare.yaml").read_text()
    with serving("{}") as server:
        done = run("bank", "enrich", "bare", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
    assert done.code == 0
    assert "what-is-tea: left as it was, since it has no reference answer: add one to the bank" in done.err
    assert done.err.endswith("Nothing else is missing.\n")
    assert (home / "banks" / "bare.yaml").read_text() == before
    done = run("grade", "--bank", "bare", "--question", "1", "--grader", "embedded", stdin="Leaves in hot water, steeped.")
    assert done.code == 3
    assert "no reference answer to grade by: add one to its bank" in done.out + done.err


def read(path: Path, text: str | bytes, name: str = "guide.md") -> list[tuple[str, str]]:
    return [(question.question, question.reference) for question in imported(path, text, name).questions]


TEA = ("What is tea?", "Leaves in hot water.")
RICE = ("Explain how rice is cooked", "Boil it in twice its volume of water.")
BOTH = [TEA, RICE]


LISTS = yaml.safe_load(Path(__file__).with_name("question_lists.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_a_question_list_of_any_usual_form_gives_each_question_with_its_answer(tmp_path: Path, text: str) -> None:
    assert [(question.rstrip("?"), answer) for question, answer in read(tmp_path, text)] == [
        (question.rstrip("?"), answer) for question, answer in BOTH
    ]


FOLDED = """# Trains

**Q1: Why do rails need gaps?**

<details><summary>💡 Approach</summary>

Steel grows in the heat.

**Solution:**

- Leave room for it.

</details>

**Q2: Who drives the train?**

<details><summary>Answer and rationale</summary>

The driver.

</details>
"""
ONLY = """# TR-Question07 - How does a train brake?

# The idea

Air holds the brakes open.

## 1. Pressure

It falls.

# Why this is safe

A leak brakes the train.
"""


@pytest.mark.parametrize(
    ("name", "text", "answers"),
    [
        (
            "folded.md",
            FOLDED,
            {
                "Why do rails need gaps?": "Steel grows in the heat.\n\nLeave room for it.",
                "Who drives the train?": "The driver.",
            },
        ),
        (
            "only.md",
            ONLY,
            {
                "How does a train brake?": "The idea\n\nAir holds the brakes open.\n\n1. Pressure\n\nIt falls.\n\n"
                "Why this is safe\n\nA leak brakes the train."
            },
        ),
        (
            "break.md",
            "**Q1: What is coal?**  \nA: Old wood.\n\n**Q2: What is steam?**  \nA: Hot water.\n",
            {"What is coal?": "Old wood.", "What is steam?": "Hot water."},
        ),
        (
            "expected.md",
            (
                "### Q1: What is a sleeper?\n\n**Expected Answer:**\n\nA beam below the rails.\n\n**Follow-up**: Of what?\n\n"
                "**Answer**: Of wood.\n"
            ),
            {"What is a sleeper?": "A beam below the rails.\n\nFollow-up: Of what?\n\nOf wood."},
        ),
        (
            "faq.md",
            "## FAQs for travellers\n\n- Trains\n\n## What is a ticket?\n\nA paper.\n\n## What is a seat?\n\nA chair.\n",
            {"What is a ticket?": "A paper.", "What is a seat?": "A chair."},
        ),
        (
            "titled.md",
            (
                "---\ntags: [a]\n---\n\n#flashcards/trains\n\n## Signals\nWhat does red mean?\n?\nStop.\n\n"
                "## What is amber?\n?\nSlow.\n"
            ),
            {"What does red mean?": "Stop.", "What is amber?": "Slow."},
        ),
        (
            "tagged.tsv",
            (
                "Front wheel\tIt leads the train\tparts\nRear wheel\tIt follows the others\tparts\n"
                "Whistle\tIt warns of the train\tparts\n"
            ),
            {"Front wheel": "It leads the train", "Rear wheel": "It follows the others", "Whistle": "It warns of the train"},
        ),
        (
            "tagged.txt",
            (
                "What is a bogie?; a frame with wheels; parts\n\nCoupling; it joins; it also pulls; parts\n\n"
                "Buffer; it takes shocks; parts\n\nWhistle; it warns people; parts\n\nBoiler; it makes steam; parts\n"
            ),
            {"What is a bogie?": "a frame with wheels", "Coupling": "it joins; it also pulls", "Buffer": "it takes shocks"}
            | {"Whistle": "it warns people", "Boiler": "it makes steam"},
        ),
        (
            "refrain.md",
            "\n\n".join(f"## What is signal {at}?\n\nA lamp at mile {at}.\n\nRing the [bell](/b)" for at in range(6)),
            {f"What is signal {at}?": f"A lamp at mile {at}." for at in range(6)},
        ),
        (
            "imperative.md",
            "## What is `open()`?\n\nIt opens.\n\n## Why?\n\nTo save.\n\n## explain()\n\nA.\n\n## Limits\n\nB.\n",
            {"What is open()?": "It opens.", "Why?": "To save."},
        ),
        (
            "asking_headings.md",
            (
                "# Trains\n\n1. **What is coal?**\n<details>\n  <summary>Answer</summary>\n"
                "  <h2>When did it grow?</h2><p>Long ago.</p>\n  <h2>Where is it?</h2><p>Below.</p>\n</details>\n\n"
                "2. **What is steam?**\n<details>\n  <summary>Answer</summary>\n  <h2>What does it move?</h2><p>Trains.</p>\n"
                "</details>\n"
            ),
            {
                "What is coal?": "When did it grow?\n\nLong ago.\n\nWhere is it?\n\nBelow.",
                "What is steam?": "What does it move?\n\nTrains.",
            },
        ),
        (
            "key_points.md",
            "## What is coal?\n\nOld wood.\n\n### Key points\n\nIt burns.\n\n## What is steam?\n\nHot water.\n",
            {"What is coal?": "Old wood.\n\nKey points\n\nIt burns.", "What is steam?": "Hot water."},
        ),
        (
            "behind_a_break.md",
            (
                "".join(f"{at}. What is signal {at}?\nAns: A lamp.\n* At mile {at}.\n\n" for at in range(1, 5))
                + "<br>\n5. What is steam?\nAns: Hot water.\n\n6. Explain fire.\nAns: It burns.\n"
            ),
            {f"What is signal {at}?": f"A lamp.\n\nAt mile {at}." for at in range(1, 5)}
            | {"What is steam?": "Hot water.", "Explain fire.": "It burns."},
        ),
        (
            "unlike_the_others.md",
            (
                "* **Q1**. What is coal?\n\n **Answer:** Old wood.\n\n2. ‘Hot water’ is called what?\n\n **Answer:** Steam.\n\n"
                "* **Q3**. What is ash?\n\n **Answer:** It remains.\n"
            ),
            {"What is coal?": "Old wood.", "‘Hot water’ is called what?": "Steam.", "What is ash?": "It remains."},
        ),
        (
            "tags_in_code.md",
            "## How is a bell rung?\n\n<pre>\n<code>\nring(1 &lt; 2)\n</code>\n</pre>\n",
            {"How is a bell rung?": "ring(1 < 2)"},
        ),
        (
            "said_at_the_end.md",
            "".join(f"## What is signal {at}?\n\nA lamp.\n\n" for at in range(1, 5)) + "***\n- [ ] Look for more\n",
            {f"What is signal {at}?": "A lamp." for at in range(1, 5)},
        ),
        (
            "numbers_go_on.md",
            "### 7. **What is coal?**\n\n1. Old.\n2. Black.\n\n---\n\n8. What is steam?\nHot water.\n",
            {"What is coal?": "1. Old.\n2. Black.", "What is steam?": "Hot water."},
        ),
        (
            "headings_in_an_answer.md",
            "## Fuel\n\n**Q1. What is coal?**\n\n##### Old\nWood.\n\n##### Dug\nStone.\n\n**Q2. What is ash?**\n\nA rest.\n",
            {"What is coal?": "Old\n\nWood.\n\nDug\n\nStone.", "What is ash?": "A rest."},
        ),
        ("brackets.md", '## How is it begun?\n\nCMD \\[\\"ring\\", \\"go\\"\\]\n', {"How is it begun?": 'CMD ["ring", "go"]'}),
        ("stars.csv", "question,answer\nWhat is each wheel?,train[*].wheel[*]\n", {"What is each wheel?": "train[*].wheel[*]"}),
        ("chinese.md", "## 什么是车?\n\n这是**“车”**的意思。\n", {"什么是车?": "这是“车”的意思。"}),
        (
            "blank.md",
            "## What is ash?\n\nIt is **what coal\n** leaves, 2 ** 3 kg.\n",
            {"What is ash?": "It is what coal leaves, 2 ** 3 kg."},
        ),
        ("stop.md", "### Q1: What is tar?\n\n**Answer.** A black oil.\n", {"What is tar?": "A black oil."}),
        ("bengali.md", "### ১. টার কি?\n**উত্তর:** তেল।\n", {"টার কি?": "তেল।"}),
        (
            "indented.md",
            "## .....\n\n#### 1. What is a loop?\n\n    Answer: A track to wait on.\n\n## .\n",
            {"What is a loop?": "A track to wait on."},
        ),
        (
            "star.md",
            "### Q1: Tell me of a delay.\n\n**【S — 情境】** Snow.\n\n**【A — 行動】** We dug.\n",
            {"Tell me of a delay.": "【S — 情境】 Snow.\n\n【A — 行動】 We dug."},
        ),
        (
            "columns.json",
            (
                '[{"questionText": "What is a bell?", "referenceAnswer": null, "referenceAnswerMarkdown": "A **cup** of it."}, '
                '{"question": "Which rings?", "options": ["Bell", "Rail"], "answer": "A", "rationale": "It is hollow."}]'
            ),
            {"What is a bell?": "A cup of it.", "Which rings?\nA: Bell\nB: Rail": "A: Bell\n\nIt is hollow."},
        ),
        (
            "titles.json",
            (
                '{"exams": {"one": {"title": "Train driving", "count": 2}}, "questions": '
                '[{"question": "What is a tunnel?", "answer": "A tube."}]}'
            ),
            {"What is a tunnel?": "A tube."},
        ),
        (
            "numbered.md",
            (
                "# Quiz\n\n"
                "## Question 1\n**Which is hot?**\n\n- A) Ice\n- B) Tea ✅\n\n**Explanation:** It is brewed.\n\n---\n\n"
                "## Question 2\n**Complete the list:**\n\n```\ntea\n___\n```\n\n**Answer:**\n```\ntea\n  ice\n```\n\n---\n\n"
                "### Results\n- Gold: all\n\n**Ready for more?** Take the [next quiz](./next.md)!\n"
            ),
            {
                "Which is hot?\nA) Ice\nB) Tea": "B) Tea\n\nExplanation: It is brewed.",
                "Complete the list\n    tea\n    ___": "tea\n  ice",
            },
        ),
        (
            "boxes.md",
            (
                "Question\nTea is:\n\n- [x] a) hot\n- [ ] b) dry\n\n_Select all answers that apply_\n\n---\n\n"
                "Question\nIce is:\n\n- [x] a) cold\n"
            ),
            {"Tea is\na) hot\nb) dry\n\nSelect all answers that apply": "a) hot", "Ice is\na) cold": "a) cold"},
        ),
        (
            "dump.txt",
            (
                "Which are hot? (Select two.)\n\nA. Tea\n\nB. Ice\n\nC. Soup\n\nAC\n\n\n"
                "Which is cold?\n\nA. Tea B. Ice\nB\n(it is frozen)\n\n\n"
                "Frost is\n\nA. frozen dew\n\nB. a kind of tea\nA\n\nSnow is\nA. hot\nB. cold B\n"
            ),
            {
                "Which are hot? (Select two.)\nA. Tea\n\nB. Ice\n\nC. Soup": "A: Tea\nC: Soup",
                "Which is cold?\nA. Tea B. Ice": "B: Ice\n\n(it is frozen)",
                "Frost is\nA. frozen dew\n\nB. a kind of tea": "A: frozen dew",
                "Snow is\nA. hot\nB. cold": "B: cold",
            },
        ),
        (
            "solutions.md",
            (
                "## 1. What is heat?\n\n**Question**: Explain heat.\n\n"
                "**Answer**:\n\n- **Cause**: motion.\n- **Solutions**:\n  - Wait.\n\n---\n\n"
                "## 2. What is ice?\n\n**Answer**:\n\nWater.\n\n---\n\nNext: what comes after ice.\n"
            ),
            {"What is heat?\nExplain heat.": "Cause: motion.\nSolutions:\n  Wait.", "What is ice?": "Water."},
        ),
        (
            "formulas.md",
            "## What is closure?\n\nAll of $\\{a, b\\}^* \\cup \\{b\\}^*$ or \\(x_1 * y_1\\), for *$5* or `**$6**`.\n",
            {"What is closure?": "All of $\\{a, b\\}^* \\cup \\{b\\}^*$ or $x_1 * y_1$, for $5 or $6."},
        ),
        (
            "code.yaml",
            "- question: What is tea?\n  answer: '`Leaves`.'\n  code_example: |\n    # a comment\n    brew(tea)\n",
            {"What is tea?": "Leaves.\n\n    # a comment\n    brew(tea)"},
        ),
        (
            "titles.md",
            (
                "## # 1. DRINKS\n\n## Q. What is tea?\nLeaves.\n\n## Kinds\n\nGreen.\n\n## # 2. FOOD\n\n"
                "## Q. What is rice?\nA grain.\n"
                "\n## # 3. TOOLS\n\n## Q. What is a saw?\nTeeth.\n"
            ),
            {"What is tea?": "Leaves.\n\nKinds\n\nGreen.", "What is rice?": "A grain.", "What is a saw?": "Teeth."},
        ),
        (
            "rows.md",
            (
                "# Tea\n\n## 1. Kinds\n\nBlack and green.\n\n## 2. Tools\n\nA pot.\n\n## 3. Questions and Answers\n\nTry.\n\n"
                "| Q. No. | Interview Question | Answer |\n|-|-|-|\n| 1 | **What is tea?** | **Leaves**. |\n"
            ),
            {"What is tea?": "Leaves."},
        ),
        (
            "keycaps.md",
            (
                "## 1️⃣ What is tea?\n**Answer (simple words):**\nLeaves.\n\n---\n\n## 🔟 What is rice?\n**Answer:**\nA grain.\n"
                "\n---\n\n## 1️⃣1️⃣ What is salt?\n**Answer:**\nA crystal.\n\n---\n\n## 🎯 Bonus One-Liner (for all)\n\nSmile.\n\n"
                "---\n\n## What is oil?\n**Answer:**\nA fat.\n"
            ),
            {"What is tea?": "Leaves.", "What is rice?": "A grain.", "What is salt?": "A crystal.", "What is oil?": "A fat."},
        ),
        (
            "tagged.md",
            (
                "---\ntags:\n  - food\n  - flashcards\n---\n\n##### [Tea](https://a.example)\n\nWhat is [tea](https://a.example)?\n?\n"
                "![[tea leaf.jpg]] ^63d7e2\n- Leaves\n\nWhich drink is this?\n?\n[Tea](https://a.example)\n\n"
                "Is [tea](https://a.example) hot?;; Yes\n"
            ),
            {"What is tea?": "Leaves", "Which drink is this?": "Tea", "Is tea hot?": "Yes"},
        ),
        (
            "tags.csv",
            (
                "question,answer\nWhat do <div> and <span> do?,<div> is a block; __init__ is none. <b>Both</b> hold text.\n"
                "What is <div>a box</div>?,`<div>`\n"
            ),
            {
                "What do <div> and <span> do?": "<div> is a block; __init__ is none. Both hold text.",
                "What is\n\na box\n\n?": "<div>",
            },
        ),
        (
            "escaped.tsv",
            "front\tback\nHow is tea made?\t```python\\nbrew(tea)\\n```\nWhich sign ends a line?\t`\\n` ends it.\n",
            {"How is tea made?": "brew(tea)", "Which sign ends a line?": "\\n ends it."},
        ),
        (
            "followed.json",
            (
                '{"topics": [{"label": "Signs", "questions": [{"q": "What is a star?", "short": "One.", "followups": ["Why?"], '
                '"detailed": "<ul><li><code>*</code>: times</li><li><code>**</code>: or <code>a &lt; b</code></li></ul>"}]}]}'
            ),
            {"What is a star?": "One.\n\n*: times\n**: or a < b"},
        ),
        (
            "repeated.md",
            "".join(f"## {n}. Pot {n}\n\n### Why use it?\n\nIt holds {n}.\n\n" for n in (1, 2, 3)),
            {f"Pot {n}": f"Why use it?\n\nIt holds {n}." for n in (1, 2, 3)},
        ),
        (
            "same-line.md",
            "- What is tea? **Leaves (dried)**\n- What is rice? - A grain\n- Is oil wet? Why? **It is**\n",
            {"What is tea?": "Leaves (dried)", "What is rice?": "A grain", "Is oil wet? Why?": "It is"},
        ),
        (
            "folded-headings.md",
            (
                "### 1. `Boil over`\n\n<details>\n\n### What is it?\n\nToo much heat.\n\n"
                "### 1. Turn it down\n\nNow.\n\n</details>\n\n"
                "### Question 2: How is tea kept hot?\n\n<details>\n\n## ❓ Q1. Why a pot?\n\n**Answer:** It is thick.\n\n"
                "## Best answer\n\nA pot.\n\n</details>\n\n"
                "### Question 3: What is rice?\n\n<details>\n\nA grain.\n\n</details>\n"
            ),
            {
                "Boil over": "What is it?\n\nToo much heat.\n\n1. Turn it down\n\nNow.",
                "How is tea kept hot?": "❓ Q1. Why a pot?\n\nAnswer: It is thick.\n\nBest answer\n\nA pot.",
                "What is rice?": "A grain.",
            },
        ),
        (
            "steps.md",
            (
                "## Setting the table\n\n1. **The cups**\n\n   Take two.\n\n2. **The pot**\n\n   Take one.\n\n"
                "3. **The spoons**\n\n   Take two.\n\n## Asked\n\n1. **What is tea?**\n\n   Leaves.\n\n"
                "2. **Rice or bread**\n\n   Rice.\n\n3. **What is oil?**\n\n   A fat.\n"
            ),
            {"What is tea?": "Leaves.", "Rice or bread": "Rice.", "What is oil?": "A fat."},
        ),
        (
            "rules.md",
            (
                "## 1. What is tea?\n\nLeaves.\n\n---\n\n### Example\n\nGreen tea.\n\n---\n\n"
                "### Why drink it?\n\nIt is hot.\n\n---\n\n"
                "## 2. What is rice?\n\nA grain.\n"
            ),
            {"What is tea?": "Leaves.\n\nExample\n\nGreen tea.\n\nWhy drink it?\n\nIt is hot.", "What is rice?": "A grain."},
        ),
        (
            "titled-questions.md",
            (
                "### Q1: Serving\n**Question:** How is tea served?\n\n**Expected Answer:**\n- Hot.\n\n"
                "### Q2: Storing\n**Difficulty:** easy\n**Question:** How is rice kept?\n\n**Expected Answer:**\n- Dry.\n"
            ),
            {"Serving\nHow is tea served?": "Hot.", "Storing\nHow is rice kept?": "Dry."},
        ),
        (
            "tasks.md",
            (
                "## Brew a pot\n\nYou have two guests.\n\n<details><summary>Solution</summary>\n\nTwo spoons.\n\n</details>\n\n"
                "## Tips\n\nSmile.\n\n## In brief\n\n**Q: What is tea?**\nA: Leaves, ?? or ? in short.\n"
            ),
            {"Brew a pot\nYou have two guests.": "Two spoons.", "What is tea?": "Leaves, ?? or ? in short."},
        ),
        (
            "sections.md",
            (
                "## 1. Why does tea cool?\n\n### In short\n\nHeat leaves it.\n\n### What we saw\n\nIt was cold.\n\n"
                "### Interview answer\n\nCover it.\n\n## 2. What is rice?\n\n### Answer\n\nA grain.\n"
            ),
            {
                "Why does tea cool?": (
                    "In short\n\nHeat leaves it.\n\nWhat we saw\n\nIt was cold.\n\nInterview answer\n\nCover it."
                ),
                "What is rice?": "A grain.",
            },
        ),
        (
            "linked.md",
            "## Tea\n\n- [你知道什么是茶吗？](tea.md)\n- [[rice] 米怎么煮？](rice.md)\n",
            {"你知道什么是茶吗？": "", "[rice] 米怎么煮？": ""},
        ),
        (
            "spanish.md",
            "## ¿Qué es el té?\n\nHojas.\n\n## Cómo se cuece el arroz\n\nCon agua.\n\n## Describe el aceite\n\nGrasa.\n",
            {"¿Qué es el té?": "Hojas.", "Cómo se cuece el arroz": "Con agua.", "Describe el aceite": "Grasa."},
        ),
        (
            "toggles.md",
            "- **茶是什么？**\n\n  叶子。\n\n- **米饭**\n\n  谷物。\n\n- **如何烧水**\n\n  用火。\n",
            {"茶是什么？": "叶子。", "米饭": "谷物。", "如何烧水": "用火。"},
        ),
        (
            "code-tasks.csv",
            'title,description,code,Question Difficulty\nBrew,Write a function that brews.,"brew(\n  2)",hard\n',
            {"Brew\nWrite a function that brews.": "brew(\n  2)"},
        ),
        (
            "named.json",
            (
                '{"items": [{"quizQuestion": "What is tea?", "options": ["Leaves", "Rice"], '
                '"correctAns": "Leaves", "wrongAnswer": "Rice"}, '
                '{"key": "Vary", "value": "Origin"}]}'
            ),
            {"What is tea?\nA: Leaves\nB: Rice": "A: Leaves"},
        ),
        (
            "folded-terms.md",
            (
                "# Rails\n\n<details>\n<summary>A _____ carries the rails.</summary>\nsleeper\n</details>\n\n"
                "<details>\n\t<summary>\n\t\tGauge\n\t</summary>\n\t\tTheir distance.\n</details>\n\n"
                "<details><summary><b>12 KV on which wire?</b></summary>The upper one.</details>\n"
            ),
            {"A _____ carries the rails.": "sleeper", "Gauge": "Their distance.", "12 KV on which wire?": "The upper one."},
        ),
        (
            "folded-here.md",
            (
                "> Fold it.\n\n| # | QUESTION (fold here) | ANSWER (fold back) |\n|-|-|-|\n| 1 | Who drives? | Ada. |\n\n"
                "| Nr. | Kérdés | Válasz |\n|-|-|-|\n| 1 | Ki vezet? | Ada. |\n| 2 | Ki segít neki? | Bo. |\n\n"
                "| Who whistles? | Cy. |\n|-|-|\n| Who brakes? | Di. |\n| Who sleeps? | No one. |\n"
            ),
            {"Who drives?": "Ada.", "Ki vezet?": "Ada.", "Ki segít neki?": "Bo."}
            | {"Who whistles?": "Cy.", "Who brakes?": "Di.", "Who sleeps?": "No one."},
        ),
        (
            "folded-parts.md",
            (
                "## What is coal?\n\nOld wood.\n\n<details><summary>An aside</summary>\nIt was dug.\n</details>\n\n"
                "<details><summary>A picture</summary>\nIt shows a seam below the hills.\n</details>\n"
            ),
            {"What is coal?": "Old wood.\n\nAn aside\n\nIt was dug.\n\nA picture\n\nIt shows a seam below the hills."},
        ),
        (
            "decisions.md",
            (
                "## 1. How is fuel chosen?\n\n| Need | Fuel |\n|-|-|\n| Far to go? | Coal |\n| Much to pull? | Oil |\n\n"
                "## 2. Which fuel is old?\n\nCoal.\n"
            ),
            {"How is fuel chosen?": "Far to go?: Coal\nMuch to pull?: Oil", "Which fuel is old?": "Coal."},
        ),
        (
            "compared.md",
            (
                "## What is the difference between coal and oil?\n\nThe way.\n\n| Coal | Oil |\n|-|-|\n| Dug | Pumped |\n\n"
                "## How are they stored?\n\n| Old way | New way |\n|-|-|\n| On a heap | In a tank |\n\n"
                "## What is used?\n\n| Name | Use |\n|-|-|\n| Tar | roofs |\n\n"
                "## Which are there?\n\n| Kind of peat | Use of peat |\n|-|-|\n| Brown | gardens |\n| Black | power |\n"
            ),
            {
                "What is the difference between coal and oil?": "The way.\n\nCoal: Dug; Oil: Pumped",
                "How are they stored?": "Old way: On a heap; New way: In a tank",
                "What is used?": "Tar: roofs",
                "Which are there?": "Brown: gardens\nBlack: power",
            },
        ),
        (
            "chat.md",
            (
                "Here are the questions:\n\n```markdown\n### 1. How is coal lit?\n**Answer:**\n```sh\nlight coal\n```\n\n"
                "### 2. What is ash?\n**Answer:**\nA rest.\n\nThese questions help to prepare.\n```\n\n"
                "### 3. What is tar?\n**Answer:**\n```\nblack oil\n```\n\n"
                "This document should help you prepare for interviews. Good luck!\n"
            ),
            {"How is coal lit?": "light coal", "What is ash?": "A rest.", "What is tar?": "black oil"},
        ),
        (
            "counted.txt",
            (
                "1.What is a signal\nAns:A lamp.\n2.Why are two needed?\nOne may break.\n1.Look up\n2.Look down\n"
                "3) Whistles\nAnswer: They warn\n   of the train.\n"
            ),
            {
                "What is a signal": "A lamp.",
                "Why are two needed?": "One may break.\n1.Look up\n2.Look down",
                "Whistles": "They warn of the train.",
            },
        ),
        (
            "pasted.md",
            (
                "---\n\n### 🔹 Question 1:\n> **What is a boiler?**\n\n#### ✅ Strong Answer:\n\n"
                "### 🧠 The idea\n\nA kettle.\n\n---\n\n### 🔁 How is it fed?\n\nBy hand.\n\n---\n\n"
                "### 🔹 Question 2:\n> **How does it burst?**\n\n"
                "#### ✅ Strong Answer:\n\nSuddenly.\n\n---\n\n### ✅ Solutions:\n\n#### 1. Valve\nLet steam out.\n"
            ),
            {
                "What is a boiler?": "🧠 The idea\n\nA kettle.\n\n🔁 How is it fed?\n\nBy hand.",
                "How does it burst?": "Suddenly.\n\n✅ Solutions:\n\n1. Valve\n\nLet steam out.",
            },
        ),
        (
            "expected-items.md",
            (
                "**Q1: What is steam?**\n- **Expected Answer**: Hot water.\n\n**Q2: What is coal?**\n- *Model answer:* "
                "A stone:\n  - **Black**: always\n  - **A:** of wood\n"
            ),
            {"What is steam?": "Hot water.", "What is coal?": "A stone:\n\nBlack: always\nA: of wood"},
        ),
        (
            "lettered.md",
            (
                "Question: Which is hot?\nA. Tea\nB. Ice\nCorrect Answer: A\nExplanation: Brewed.\n\n"
                "Question: Which is cold?\nA. Tea\nB. Ice\nCorrect Answer: B\n"
            ),
            {"Which is hot?\nA. Tea\nB. Ice": "A: Tea\n\nExplanation: Brewed.", "Which is cold?\nA. Tea\nB. Ice": "B: Ice"},
        ),
        (
            "small-letters.md",
            "1. Which is hot?\n\n   a) Tea\n   b) Ice\n\n   **Correct answer: a)**\n\n2. Which is cold?\n\n   Ice.\n",
            {"Which is hot?\na) Tea\nb) Ice": "A: Tea", "Which is cold?": "Ice."},
        ),
        (
            "stops.txt",
            "Q. What is coal?\nA. Old wood.\n\nQ. What is ash?\nA. A rest.\n",
            {"What is coal?": "Old wood.", "What is ash?": "A rest."},
        ),
        (
            "emphasized.md",
            '## What is a train?\n\n> _"It has an _id. It moves."_\n\n## What is _really_ new?\n\n_A_ and _b_\n',
            {"What is a train?": '"It has an _id. It moves."', "What is really new?": "A and b"},
        ),
        (
            "underlined.md",
            "## What is coal?\n\nOld wood.\n---\n\n## What is oil?\n\nIt is pumped.\n---\n",
            {"What is coal?": "Old wood.", "What is oil?": "It is pumped."},
        ),
        (
            "linked.md",
            "## What is coal?\n\n[Books](https://a.example)\n\n- Answer: Old wood.\n\n## What is oil?\n\n- Answer: A liquid.\n",
            {"What is coal?": "Old wood.", "What is oil?": "A liquid."},
        ),
        *(
            (
                "layout.md",
                f"<table><tr><td>\n{one.format('coal', 'Old wood.')}{one.format('oil', 'A liquid.')}</td></tr></table>\n",
                {"What is coal?": "Old wood.", "What is oil?": "A liquid."},
            )
            for one in ("<details><summary>What is {}?</summary>\n{}\n</details>\n", "<h2>What is {}?</h2>\n{}\n")
        ),
        (
            "tagged.md",
            "## What is coal?\n\n<ol><li>Old wood.</li><li>It is dug.</li></ol>\n\n## What is oil?\n\nA liquid.\n",
            {"What is coal?": "1. Old wood.\n2. It is dug.", "What is oil?": "A liquid."},
        ),
        (
            "printed.md",
            (
                "<details>\n<summary>What does it print?\n\n```\nprint(1)\n```\n\n</summary>\n\nOne.\n</details>\n"
                "<details>\n<summary>What is coal?</summary>\n\nOld wood.\n</details>\n"
            ),
            {"What does it print?\n    print(1)": "One.", "What is coal?": "Old wood."},
        ),
        (
            "linking-itself.md",
            "## [What is coal?](#coal)\n\nOld wood.\n\n## [What is oil?](#oil)\n\nA liquid.\n\n[Back](#top)\n",
            {"What is coal?": "Old wood.", "What is oil?": "A liquid."},
        ),
        (
            "uses.md",
            (
                "## What is made of it?\n\n| Name | Use | |\n|-|-|-|\n| Tar | roofs | [Go up](#top) |\n\n"
                "## What is oil?\n\nA liquid.\n"
            ),
            {"What is made of it?": "Tar: Use roofs", "What is oil?": "A liquid."},
        ),
        (
            "leading-away.md",
            (
                "## What is coal?\n\n[Books](https://a.example)\n\nOld wood.\n\n## What is oil?\n\n"
                "A liquid.\n\nRead on in:\n\n[Books](https://a.example)\n\n## What is tar?\n\n"
                "A black liquid that is left of coal or wood where it is heated without air, as told in:\n\n"
                "[Books](https://a.example)\n"
            ),
            {
                "What is coal?": "Old wood.",
                "What is oil?": "A liquid.",
                "What is tar?": "A black liquid that is left of coal or wood where it is heated without air, as told in:",
            },
        ),
        (
            "bold-answers.md",
            (
                "**Q: What is coal?\nOld wood.** It is dug.\n\n**Q: What is oil? - A liquid.** It is pumped.\n\n"
                "**Q: What is ash?** A rest.\n"
            ),
            {"What is coal?": "Old wood.\nIt is dug.", "What is oil?": "A liquid.\nIt is pumped.", "What is ash?": "A rest."},
        ),
        (
            "asked-inside.md",
            (
                "## What would you ask about coal?\n\n- Is it dug?\n- Is it black?\n\n"
                "## What about oil?\n\nThis:\n\n1.1 Is it old?\n\n1.2 Is it black?\n\n## What is tar?\n\nA black liquid.\n"
            ),
            {
                "What would you ask about coal?": "Is it dug?\nIs it black?",
                "What about oil?": "This:\n\n1.1 Is it old?\n\n1.2 Is it black?",
                "What is tar?": "A black liquid.",
            },
        ),
        (
            "asked-next.md",
            (
                "## What is coal?\n\nOld wood.\n\n**Follow-up questions:**\n\n- Is it dug?\n\nIt burns.\n\n"
                "## What is oil?\n\nA liquid.\n\n**Follow-up questions:**\n\n- Is it pumped?\n"
            ),
            {
                "What is coal?": "Old wood.\n\nFollow-up questions:\n\nIs it dug?\n\nIt burns.",
                "What is oil?": "A liquid.",
            },
        ),
        (
            "asked-below.md",
            (
                "## How is coal asked about?\n\nBy these:\n\n- Is it dug?\n\n  Mostly.\n\n- Is it black?\n\n  Nearly.\n\n"
                "## What is oil?\n\nPumps and rigs and ships and all that belongs to it, everywhere\n🔥 It burns.\n"
            ),
            {
                "How is coal asked about?": "By these:\n\nIs it dug?\n\n  Mostly.\n\nIs it black?\n\n  Nearly.",
                "What is oil?": "Pumps and rigs and ships and all that belongs to it, everywhere\n🔥 It burns.",
            },
        ),
        (
            "lines.md",
            (
                "## What is coal?\n\nIt is wood that lay in the ground for many million years.\nIt burns.\n\n"
                "## What is oil?\n\nA liquid.\n"
            ),
            {
                "What is coal?": "It is wood that lay in the ground for many million years.\nIt burns.",
                "What is oil?": "A liquid.",
            },
        ),
        (
            "closed-twice.md",
            "## What is coal?\n\nOld wood.\n\n## What is tar?\n\nBlack oil.\n</details>\n\n## Oil\n\nA liquid.\n",
            {"What is coal?": "Old wood.", "What is tar?": "Black oil.", "Oil": "A liquid."},
        ),
        (
            "deep.md",
            "".join(f"<details>\n<summary>What is part {n}?</summary>\n\nIt is {n}.\n\n" for n in range(30)),
            {"What is part 29?": "It is 29."},
        ),
        (
            "turns.jsonl",
            (
                '{"prompt": [{"role": "user", "content": "What is tea?"}], '
                '"completion": [{"role": "assistant", "content": "Leaves."}]}'
            ),
            {"What is tea?": "Leaves."},
        ),
    ],
)
def test_each_question_has_its_whole_answer_and_nothing_else_is_one(
    tmp_path: Path, name: str, text: str, answers: dict[str, str]
) -> None:
    (tmp_path / name).write_text(text)
    imported = import_files([tmp_path / name])
    assert {question.question: question.reference for question in imported.questions} == answers


def test_html_without_blank_lines_is_read_however_long_it_is(tmp_path: Path) -> None:
    said = "A long story about rails and wheels. " * 30
    cards = [f"<details>\n<summary><b>Tell me about trip {n}.</b></summary>\n{said}\n</details>" for n in range(40)]
    found = read(tmp_path, "## Questions\n" + "\n".join(cards))
    assert found == [(f"Tell me about trip {n}.", said.strip()) for n in range(40)]
    field = "".join(f"<p style='margin: 0'>{said} {n}</p>" for n in range(15)) * 2
    ((_, answer),) = read(tmp_path, json.dumps({"What is a line?": field[: len(field) // 2]}), "a.json")
    assert answer.count("A long story") == 15 * 30
    assert "<" not in answer


@pytest.mark.parametrize("between", ["\n", "\n\n", " <br>"])
def test_a_paragraph_is_read_whole_however_long_it_is(tmp_path: Path, between: str) -> None:
    cards = [(f"What is place {n}?", f"It is where train {n} ends after a day.") for n in range(1_000)]
    text = between.join(line for asked, said in cards for line in (f"Q: {asked}", f"A: {said}"))
    assert read(tmp_path, text) == cards
    said = " ".join(f"Train {n} of <b>all</b>." for n in range(900))
    assert read(tmp_path, json.dumps({"What runs?": said}), "a.json") == [("What runs?", said.replace("<b>all</b>", "all"))]


def test_drawings_and_headings_with_nothing_but_links_are_no_part_of_an_answer(tmp_path: Path) -> None:
    back = (
        "<h2>Points</h2><p>They <svg width='9'><path d='M4 9'></path></svg>move.</p><h3><a href='#x'>#</a>Further reading</h3>"
        "<ul><li><a href='https://example.org/watch?v=1'>More on points</a></li></ul>"
    )
    assert read(tmp_path, f"#separator:tab\n#html:true\nWhat are points?\t{back}\n", "a.txt")[0][1] == "Points\n\nThey move."
    kept = "What shows `<svg></svg>`?\tThe tag <svg> opens a drawing.\n"
    assert read(tmp_path, f"#separator:tab\n#html:true\n{kept}", "b.txt")[0][1] == "The tag <svg> opens a drawing."


def test_an_answer_that_was_pasted_in_keeps_its_own_headings(tmp_path: Path) -> None:
    text = """# Set 3

## Question 1. What is a gauge?

# What is a gauge?

The distance of the rails.

# 1. Why does it matter?

Wheels have to fit.

# Interview tips

Name one.

## Question 2. What is a sleeper?

A beam.

# 1. What is it made of?

Wood.
"""
    assert read(tmp_path, text) == [
        (
            "What is a gauge?",
            (
                "What is a gauge?\n\nThe distance of the rails.\n\n1. Why does it matter?\n\nWheels have to fit.\n\n"
                "Interview tips\n\nName one."
            ),
        ),
        ("What is a sleeper?", "A beam.\n\n1. What is it made of?\n\nWood."),
    ]


def test_a_label_inside_a_long_answer_does_not_make_its_beginning_a_question(tmp_path: Path) -> None:
    others = "".join(f"### What is rail {n}?\n\nA beam of steel, number {n}.\n\n" for n in range(4))
    text = f"{others}### Steam or coal?\n\nOne is made.\n\nOne is dug.\n\nDo we need both?\n\nAnswer: Yes.\n"
    assert read(tmp_path, text)[-1] == ("Steam or coal?", "One is made.\n\nOne is dug.\n\nDo we need both?\n\nAnswer: Yes.")


def test_folded_follow_ups_are_no_questions_however_many_they_are(tmp_path: Path) -> None:
    asked = "\n".join(f"- Why is that, for the {n}th time?" for n in range(9))
    folded = f"<details><summary>Follow-ups</summary>\n\n{asked}\n\n</details>"
    text = "\n\n".join(f"## {n}. What is bridge {n}?\n\nA road over water.\n\n{folded}" for n in (1, 2))
    assert read(tmp_path, text) == [(f"What is bridge {n}?", "A road over water.") for n in (1, 2)]


def test_questions_for_the_interviewer_are_not_for_the_candidate(tmp_path: Path) -> None:
    text = "- What is a whistle?\n  A warning.\n\n## Questions you can ask the interviewer\n\n- What do you like here?\n"
    assert read(tmp_path, text) == [("What is a whistle?", "A warning.")]


def test_the_right_option_may_be_flagged(tmp_path: Path) -> None:
    choices = [{"key": "a", "text": "Air", "correct": False}, {"key": "b", "text": "Steam", "correct": True}]
    card = {"front": "What moves it?", "back": "It expands.", "choices": choices}
    assert read(tmp_path, json.dumps([card]), "a.json") == [("What moves it?\nA: Air\nB: Steam", "B: Steam\n\nIt expands.")]


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("a.json", '[{"question": "Which?", "options": ["Air", "Steam", "Coal"], "answers": [1]}]', "B"),
        ("a.json", '[{"question": "Which?", "options": ["Air", "Steam", "Coal"], "correctAnswers": [0, 2]}]', "AC"),
        ("a.json", '[{"question": "Which?", "choices": ["Air", "Steam", "Coal"], "correctIndex": 2}]', "C"),
        ("a.json", '[{"question": "Which?", "options": ["A) Air", "B) Steam", "C) Coal"], "answer": "A, C"}]', "AC"),
        ("a.json", '[{"question": "Which?", "answers": ["Air", "Steam", "Coal"], "correct": ["Steam"]}]', "B"),
        (
            "a.json",
            (
                '[{"question": "Which?", "answers": {"answer_a": "Air", "answer_b": "Steam", "answer_c": "Coal"}, '
                '"correct_answers": {"answer_a_correct": "false", "answer_b_correct": "false", "answer_c_correct": "true"}}]'
            ),
            "C",
        ),
        (
            "a.yaml",
            (
                "- question: Which?\n  answers:\n  - {value: Air, correct: true}\n  - {value: Steam, correct: false}\n"
                "  - {value: Coal, correct: true}\n"
            ),
            "AC",
        ),
        ("a.yaml", "- question: Which?\n  answers: {Air: false, Steam: true, Coal: false}\n", "B"),
        (
            "a.json",  # no usual names, but one field gives positions in the other, from 1
            (
                '[{"frage": "Which?", "auswahl": ["Air", "Steam", "Coal"], "richtig": 2}, '
                '{"frage": "Who?", "auswahl": ["Ada", "Bo"], "richtig": 2}, '
                '{"frage": "Where?", "auswahl": ["Rome", "Ulm"], "richtig": 1}]'
            ),
            "B",
        ),
        ("a.csv", 'question,choices,answer\nWhich?,"Air; Steam; Coal",Coal\n', "C"),
        (
            "a.json",
            (
                '[{"question": "Which?", "options": [{"id": 3, "text": "Air"}, {"id": 1, "text": "Steam"}, '
                '{"id": 2, "text": "Coal"}], "correctOptionId": 2}]'
            ),
            "C",
        ),
        ("a.json", '{"question": "Which?", "options": ["Air", "Steam", "Coal"], "correct": [true, false, true]}', "AC"),
        (
            "a.json",
            '{"question": "Which?", "options": ["Air", "Steam", "Coal"], "user_answer": "B", "correct_answer": "C"}',
            "C",
        ),
        ("a.json", '{"question": "Which?", "options": ["Air", "Steam", "Coal"], "key": 2, "answer": "A"}', "A"),
        ("a.json", '{"question": "Which?", "options": ["Air", "Steam", "Coal"], "wrong_answers": ["A"], "answer": "B"}', "B"),
        (
            "a.json",
            (
                '{"question": "Which?", "options": [{"text": "Air", "pinned": true}, {"text": "Steam", "pinned": false}, '
                '{"text": "Coal", "pinned": false}], "answer": "Coal"}'
            ),
            "C",
        ),
    ],
)
def test_the_right_options_are_found_however_they_are_named(tmp_path: Path, name: str, text: str, right: str) -> None:
    texts = {"A": "Air", "B": "Steam", "C": "Coal"}
    asked, answer = read(tmp_path, text, name)[0]
    assert asked == "Which?\nA: Air\nB: Steam\nC: Coal"
    assert answer == "\n".join(f"{letter}: {texts[letter]}" for letter in right)


@pytest.mark.parametrize(
    ("names", "numbers", "right"),
    [
        (("option1", "option2", "option3"), (2, 3), "2: Steam"),
        (("option1", "option2", "option3"), (1, 0), "2: Steam"),  # a 0 counts from 0
        (("option0", "option1", "option2"), (1, 2), "1: Steam"),
        (("option_a", "option_b", "option_c"), (2, 3), "B: Steam"),
        (("A", "B", "C"), (1, 0), "B: Steam"),
    ],
)
def test_a_number_names_the_option_whose_column_counts_so(
    tmp_path: Path, names: tuple[str, ...], numbers: tuple[int, int], right: str
) -> None:
    texts = [("What drives it?", "Air", "Steam", "Coal"), ("What heats it?", "Oil", "Peat", "Wood")]
    rows = [{**dict(zip(("question", *names), row, strict=True)), "answer": at} for row, at in zip(texts, numbers, strict=True)]
    table = "\n".join(",".join(map(str, cells)) for cells in [rows[0], *(row.values() for row in rows)])
    assert read(tmp_path, json.dumps(rows), "a.json")[0][1] == right
    assert read(tmp_path, table, "a.csv")[0][1] == right
    sums = [(2, 4), (1, 2), (11, 12)]
    added = [f"What follows {one}?,{end},{one},{end + 9},{end}" for one, end in sums]
    found = read(tmp_path, "\n".join([f"question,{','.join(names)},answer", *added]), "b.csv")
    assert [answer.partition(": ")[2] for _, answer in found] == ["4", "2", "12"]  # 12 is the text of an option, so 2 is
    mapped = [{"question": "What drives it?", "options": {"1": "Air", "2": "Steam"}, "answer": 2}]
    assert read(tmp_path, json.dumps(mapped), "a.json")[0][1] == "2: Steam"


def test_positions_stay_positions_where_the_options_are_numbers(tmp_path: Path) -> None:
    numbers = {"question": "Which year?", "options": [1, 2, 3], "answer": 2}
    texts = {"question": "Which fuel?", "options": ["Coal", "Oil"], "answer": 0}
    assert read(tmp_path, json.dumps([texts, numbers]), "a.json")[1][1] == "C: 3"
    assert read(tmp_path, json.dumps([numbers]), "a.json")[0][1] == "B: 2"


def test_amounts_beside_options_name_no_right_one(tmp_path: Path) -> None:
    rows = [
        {"question": f"What is {one}?", "option_a": f"Air {one}", "option_b": f"Steam {one}", "marks": marks}
        for one, marks in zip("xyz", (1, 2, 1), strict=True)
    ]
    found = imported(tmp_path, json.dumps(rows), "a.json")
    assert [one.reference for one in found.questions] == ["", "", ""]
    assert any(str(note).endswith("a bank has no such field: marks") for note in found.notes)


def test_a_cell_that_few_rows_have_is_the_end_of_the_answer_before_it(tmp_path: Path) -> None:
    text = "What is x?,It is a thing, and more\nWhat is y?,Another thing\nWhat is z?,A third\nWhat is w?,A fourth\n"
    assert read(tmp_path, text, "a.csv")[0] == ("What is x?", "It is a thing, and more")


@pytest.mark.parametrize("field", ['"links": [""]', '"tags": ["", null]', '"points": 5', '"sources": [{"year": 1930}]'])
def test_what_a_question_may_lack_never_costs_the_question(tmp_path: Path, field: str) -> None:
    assert read(tmp_path, f'[{{"question": "What is coal?", "answer": "Old wood.", {field}}}]', "a.json") == [
        ("What is coal?", "Old wood.")
    ]


def test_an_explanation_beside_an_answer_belongs_to_it(tmp_path: Path) -> None:
    text = "- question: Which fuel?\n  answer: Coal\n  explanation: It burns.\n- question: Why?\n  explanation: For heat.\n"
    assert read(tmp_path, text, "a.yaml") == [("Which fuel?", "Coal\n\nIt burns."), ("Why?", "For heat.")]


@pytest.mark.parametrize(
    "names", ["pregunta respuesta explicacion tema dificultad", "domanda risposta spiegazione categoria livello"]
)
def test_columns_in_other_languages_are_known(tmp_path: Path, names: str) -> None:
    (tmp_path / "a.json").write_text(
        json.dumps([dict(zip(names.split(), ["A?", "B", "C", "Historia", "dificil"], strict=True))])
    )
    imported = import_files([tmp_path / "a.json"])
    assert [(one.reference, one.topic, one.level) for one in imported.questions] == [("B\n\nC", "historia", "advanced")]
    assert not imported.notes


def test_what_follows_a_rule_is_no_answer_where_rules_divide_the_sections(tmp_path: Path) -> None:
    sections = [
        f"### Part {part}\n\n**Q:** What is {part}?  \n**A:** A part.\n\n**Q:** Why {part}?  \n**A:** So.\n" for part in "abcd"
    ]
    found = read(tmp_path, "\n---\n\n".join([*sections, "> Feito com carinho por Ada.\n"]))
    assert len(found) == 8
    assert found[-1] == ("Why d?", "So.")


@pytest.mark.parametrize(
    "lines",
    [
        ["If a task is done again every day, you should write a script", f"It saves {'much ' * 15}time"],
        ["The shell has a handful of modes, each of which has its own use", "• reading of commands"],
        ["The files are shown by one command and printed by another one", "B. cat prints them"],
        ["A script that does a task again saves time, which people would lose", "It is short", "It can be read by all of them"],
        ["du: the space that folders take.", "df: the space on a disk that is free, in blocks of any size."],
    ],
)
def test_lines_that_were_ended_stay_apart_and_wrapped_ones_do_not(tmp_path: Path, lines: list[str]) -> None:
    text = (
        "1. What is it?\n{}\n\n2. Why?\nIt is there so that people can give commands to a computer and\nLinux can run them.\n"
    )
    found = read(tmp_path, text.format("\n".join(lines)), "a.txt")
    assert found[0] == ("What is it?", "\n".join(lines))
    assert found[1][1].endswith("computer and Linux can run them.")


def test_a_line_with_a_colon_may_ask_among_lines_that_do(tmp_path: Path) -> None:
    compared = "Difference between tea and coffee:\n**Tea**:\nLeaves.\n\n**Coffee**:\nBeans."
    answer = "A drink.\n\nIt is old.\n\nIt is brown.\n\nPeople like it."
    assert read(tmp_path, f"What is tea?\n\n{answer}\n\n{compared}\n\nWhy drink it?\nIt is hot.\n") == [
        ("What is tea?", answer),
        ("Difference between tea and coffee", "Tea:\nLeaves.\n\nCoffee:\nBeans."),
        ("Why drink it?", "It is hot."),
    ]


def test_a_word_is_answered_by_its_translation(tmp_path: Path) -> None:
    assert read(tmp_path, "word,translation\nhouse,casa\ntree,árvore\n", "a.csv") == [("house", "casa"), ("tree", "árvore")]


def test_the_name_of_a_method_is_no_bold_text(tmp_path: Path) -> None:
    text = "## What is __init__() in Python?\n\nIt __always__ runs after `__new__()`.\n"
    assert read(tmp_path, text) == [("What is __init__() in Python?", "It always runs after __new__().")]


def test_code_stays_code_and_unknown_tags_stay_text(tmp_path: Path) -> None:
    text = "### 1. What is it?\n\n```python\nx = **kwargs  # <b>\n```\n\n- [ ] 1\n- [x] `2`\n\nThe `<pad>` of List<int>.\n"
    ((question, answer),) = read(tmp_path, text)
    assert question == "What is it?\n    x = **kwargs  # <b>\n\n1\n2"
    assert answer == "2\n\nThe <pad> of List<int>."


def test_the_right_option_is_named_with_its_letter(tmp_path: Path) -> None:
    text = "**1. Which is a drink?**\n\nA) Rice\nB) Tea\n\n**Answer: B**\n\nSince it is poured.\n"
    assert read(tmp_path, text) == [("Which is a drink?\nA) Rice\nB) Tea", "B: Tea\n\nSince it is poured.")]


def test_parts_of_a_question_with_answers_of_their_own_are_questions(tmp_path: Path) -> None:
    text = "- What is tea?\n  - How is it made?\n    - With hot water.\n  - Who drinks it?\n    - Everybody.\n"
    assert read(tmp_path, text) == [
        ("What is tea?", ""),
        ("How is it made?", "With hot water."),
        ("Who drinks it?", "Everybody."),
    ]


def test_steps_of_an_answer_are_no_questions_and_questions_inside_it_stay_there(tmp_path: Path) -> None:
    text = (
        "## How is tea made?\n\n1. Find a cup.\n2. Compute the time.\n\n- But why hot water?\n\n### When is it done?\n\n"
        "Soon.\n\n## License\n\nWhy not?\n\n1. What is MIT?\n"
    )
    ((question, answer),) = read(tmp_path, text)
    assert question == "How is tea made?"
    assert " ".join(answer.split()) == "1. Find a cup. 2. Compute the time. But why hot water? When is it done? Soon."


def test_a_numbered_step_of_an_answer_is_no_question_though_it_stands_as_far_left(tmp_path: Path) -> None:
    steps = "1. Boil water.\n2. Pour it.\n3. Wait.\n\nOr:\n\n1. Buy it.\n2. Drink it."
    text = f"1. What is tea?\n\nA drink:\n\n{steps}\n\nSteps end.\n\n2. Compare tea and rice\n\nBoth are hot.\n"
    first, second = read(tmp_path, text)
    assert first == ("What is tea?", f"A drink:\n\n{steps}\n\nSteps end.")
    assert second == ("Compare tea and rice", "Both are hot.")


def test_a_field_of_another_type_costs_its_question_only(tmp_path: Path) -> None:
    text = '[{"question": "What is tea?", "answer": "x", "number": [1]}, {"question": "What is rice?", "answer": "A grain."}]'
    found = imported(tmp_path, text, "a.json")
    assert [question.question for question in found.questions] == ["What is rice?"]
    assert "left out: number" in found.notes[0].message


def test_a_group_of_records_gives_its_topic_to_those_that_name_none(tmp_path: Path) -> None:
    text = '{"Hot drinks": [{"question": "What is tea?"}, {"question": "What is rice?", "category": "Food"}]}'
    assert [question.topic for question in imported(tmp_path, text, "a.json").questions] == ["hot-drinks", "food"]


def test_links_alone_are_sources_and_a_hint_is_a_hint(tmp_path: Path) -> None:
    text = "## 1. What is tea?\n\n<details><summary>Hint</summary>It is hot.</details>\n\nLeaves.\n\nRead more:\n\n- [Tea](https://x.org)\n"
    (question,) = imported(tmp_path, text).questions
    assert (question.reference, question.hint, question.sources) == ("Leaves.", "It is hot.", ("Tea https://x.org",))


def test_answers_that_come_later_without_their_questions_are_joined_by_number(tmp_path: Path) -> None:
    text = "## Questions\n\n1. What is tea?\n2. What is rice?\n\n## Answers\n\n1. Leaves in hot water.\n2. A grain.\n"
    assert read(tmp_path, text) == [("What is tea?", "Leaves in hot water."), ("What is rice?", "A grain.")]


def test_a_later_answer_with_another_wording_belongs_to_the_question_of_its_number(tmp_path: Path) -> None:
    text = "1. How is black tea brewed?\n2. What is rice?\n\n1. **How is green or black tea brewed?**\n\n   With hot water.\n"
    found = imported(tmp_path, text)
    first = found.questions[0]
    assert (first.number, first.question, first.reference) == (1, "How is green or black tea brewed?", "With hot water.")
    assert len(found.questions) == 2
    assert any("taken for the answer" in note.message for note in found.notes)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "Front;Back\nWhat is tea?;Leaves in hot water.\n"),
        ("a.csv", "sep=|\nTerm|Definition\nWhat is tea?|Leaves in hot water.\n"),
        (
            "a.csv",
            'My cards,,\n,,\n#,Interview Question,Model Answer,\n1,"What is **tea**?","Leaves, in <i>hot</i> water.",,\n',
        ),
        ("a.csv", "question,answer\nWhat is tea?,Leaves, in hot water.\n"),
        ("a.csv", 'question, answer\nWhat is tea?, "Leaves, in hot water."\n'),
        ("a.csv", 'question, answer\n"What is tea?", "Leaves, in hot water." \n'),
        ("a.json", '[["What is tea?", "Leaves in hot water.", "Drinks"]]'),
        ("a.csv", "Name,Solution,Difficulty\nWhat is tea?,Leaves in hot water.,Medium\n".encode("utf-16")),
        ("a.tsv", "What is tea?\tLeaves in hot water.\n"),
        ("a.txt", "What is tea?\tLeaves in hot water.\n"),
        ("a.txt", "#separator:Semicolon\n#html:true\n#guid column:1\nx;What is tea?;<div>Leaves in<br>hot water.</div>\n"),
        ("a.txt", "#separator:tab\n#columns:Tags\tFront\tBack\ndrinks\tWhat is tea?\tLeaves in hot water.\n"),
        ("a.md", "#flashcards/food\n\nWhat is tea?::Leaves in hot water.\n\n{{tea}} is hot\n"),
        ("a.md", "What is tea?\n?\nLeaves in hot water.\n"),
        ("a.json", '{"title": "Food", "questions": [\n\t{"question": "What is tea?", "answer": "Leaves in hot water."}]}'),
        ("a.json", '{"What is tea?": "Leaves in hot water."}'),
        ("a.json", '{"drinks": {"What is tea?": "Leaves in hot water."}}'),
        ("a.json", '[{"q": "What is tea\\u003f", "correctAnswer": ["Leaves in hot water."], "Difficulty": 3}]'),
        (
            "a.json",
            '{"data": [{"qas": [{"question": "What is tea?", "answers": [{"text": "Leaves in hot water."}]}]}]}',
        ),
        (
            "a.jsonl",
            '{"conversations": [{"from": "human", "value": "What is tea?"}, {"from": "gpt", "value": "Leaves in hot water."}]}',
        ),
        ("a.yaml", "tea:\n- instruction: What is tea?\n  output: Leaves in hot water.\n"),
        ("a.md", "- Q: What is tea?\n- A: Leaves in hot water.\n"),
        ("a.txt", "Q1.What is tea?\nLeaves in hot water.\n"),
    ],
)
def test_tables_records_and_cards_of_any_usual_form(tmp_path: Path, name: str, text: str | bytes) -> None:
    ((question, answer),) = read(tmp_path, text, name)
    assert (question, " ".join(answer.replace(",", "").split())) == TEA


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "Nr;Téma;Kérdés;Válasz\n1;ital;Mi a tea?;Levél.\n2;étel;Mi a rizs?;Mag.\n3;étel;Mi a só?;Kristály.\n"),
        ("a.csv", "Mi a tea?;Levél.;ital\nMi a rizs?;Mag.;étel\nMi a só?;Kristály.;étel\n"),
        ("a.csv", "Mi a tea?,Levél.,https://x.hu/1\nMi a rizs?,Mag.,https://x.hu/2\nMi a só?,Kristály.,https://x.hu/3\n"),
        (
            "a.json",
            (
                '{"kártyák": [{"válasz": "Levél.", "kérdés": "Mi a tea?"}, {"válasz": "Mag.", "kérdés": "Mi a rizs?"}, '
                '{"válasz": "Kristály.", "kérdés": "Mi a só?"}]}'
            ),
        ),
    ],
)
def test_columns_and_keys_of_unknown_names_are_told_from_what_they_hold(tmp_path: Path, name: str, text: str) -> None:
    assert read(tmp_path, text, name) == [("Mi a tea?", "Levél."), ("Mi a rizs?", "Mag."), ("Mi a só?", "Kristály.")]


def test_the_topic_of_an_anki_card_is_its_first_tag(tmp_path: Path) -> None:
    text = "#separator:tab\n#tags column:3\nWhat is tea?\tLeaves.\t food::drinks hot\nWhat is ice?\tFrozen water.\tcold wet\n"
    assert [one.topic for one in imported(tmp_path, text, "a.txt").questions] == ["drinks", "cold"]


def test_quotation_marks_inside_a_quoted_cell_may_be_single(tmp_path: Path) -> None:
    text = 'question,answer\n"What is "green" tea?","Leaves, not "fermented" ones"\nWhat is "ice"?,"Frozen, solid water"\n'
    assert read(tmp_path, text, "a.csv") == [
        ('What is "green" tea?', 'Leaves, not "fermented" ones'),
        ('What is "ice"?', "Frozen, solid water"),
    ]


def test_tags_of_cards_and_properties_of_notes_are_no_text(tmp_path: Path) -> None:
    text = "- What is tea? #card\n  id:: 64f0-aa\n\t- Leaves.\n\t  collapsed:: true\n- Explain rice #card/food\n\t- Boil it.\n"
    assert read(tmp_path, text) == [("What is tea?", "Leaves."), ("Explain rice", "Boil it.")]


def test_colons_inside_code_divide_no_card(tmp_path: Path) -> None:
    found = imported(tmp_path, "#flashcards\n\nWhat is tea?::Leaves.\n\nUse `std::move`.\n", "a.md")
    assert [question.question for question in found.questions] == ["What is tea?"]
    assert [str(note) for note in found.notes] == ["line 5: left out: it is no card: Use `std::move`."]


def test_the_question_of_a_card_may_hold_colons(tmp_path: Path) -> None:
    text = "#flashcards\n\nWhat does std::move do?::It casts: no more.\n\nQ: What is tea?::Leaves.\n\n---\n\nQ: A fruit::Plum\n"
    found = imported(tmp_path, text, "a.md")
    assert [(question.question, question.reference) for question in found.questions] == [
        ("What does std::move do?", "It casts: no more."),
        ("What is tea?", "Leaves."),
        ("A fruit", "Plum"),
    ]
    assert not found.notes


def test_a_deeper_heading_whose_number_goes_on_is_the_next_question(tmp_path: Path) -> None:
    text = (
        "## Tea\n\n### 1. What is tea?\n\nLeaves.\n\n### 2. What is milk?\n\nA drink.\n\n"
        "#### 3. What is ❓ water?\n\nA liquid.\n\n#### 4. ❓ What is ice?\n\nFrozen water.\n\n"
        "## Additional resources\n\n### What is more?\n\nA book.\n"
    )
    assert read(tmp_path, text, "a.md") == [
        ("What is tea?", "Leaves."),
        ("What is milk?", "A drink."),
        ("What is ❓ water?", "A liquid."),
        ("What is ice?", "Frozen water."),
    ]


def test_a_heading_over_cards_is_their_topic_without_its_link(tmp_path: Path) -> None:
    found = imported(tmp_path, "#flashcards\n\n## [Hot drinks](https://a.example/x)\n\nWhat is tea?::Leaves.\n")
    assert found.questions[0].topic == "hot-drinks"


def test_options_levels_and_topics_of_a_table(tmp_path: Path) -> None:
    text = "Question,A,B,Answer,Level,Tags\nWhich is hot?,Tea,Ice,b,Hard,drinks;food\nWhich is cold?,Tea,Ice,Ice,odd,\n"
    first, second = imported(tmp_path, text, "quiz.csv").questions
    assert (first.question, first.reference, first.level, first.topic) == (
        "Which is hot?\nA: Tea\nB: Ice",
        "B: Ice",
        "advanced",
        "drinks",
    )
    assert (second.reference, second.level, second.topic) == ("B: Ice", "basic", "quiz")


def test_a_letter_names_an_option_that_has_it_before_one_of_that_text(tmp_path: Path) -> None:
    text = '{"question": "Which language has goroutines?", "options": {"A": "C", "B": "D", "C": "Go"}, "answer": "C"}'
    assert read(tmp_path, text, "a.json")[0][1] == "C: Go"


def test_a_table_that_asks_inside_an_answer_stays_there(tmp_path: Path) -> None:
    rows = "| Is it hot? | Wait a little. |\n| Is it cold? | Heat it up. |\n| Is it bitter? | Add sugar. |\n"
    text = f"## How is tea checked?\n\nAsk this:\n\n| Look at | Do |\n|-|-|\n{rows}"
    assert [question for question, _ in read(tmp_path, text)] == ["How is tea checked?"]


def test_a_sentence_with_a_gap_among_cards_is_left_out(tmp_path: Path) -> None:
    text = "Q: What is tea?\nA: Leaves.\n\nC: Tea is [hot].\n\nQ: What is milk?\nA: A drink.\n"
    found = imported(tmp_path, text)
    assert [question.reference for question in found.questions] == ["Leaves.", "A drink."]
    assert [str(note) for note in found.notes] == ["line 4: left out: a card with a gap asks no question"]


def test_a_row_with_a_gap_is_left_out_as_it_asks_nothing(tmp_path: Path) -> None:
    found = imported(tmp_path, "What is {{c1::tea}}?\tLeaves.\nTea is {{c1::hot}}.\tA fact.\nWhat is ice?\tWater.\n", "a.tsv")
    assert [question.question for question in found.questions] == ["What is tea?", "What is ice?"]
    assert [str(note) for note in found.notes] == ["line 2: left out: it has no question"]


def test_a_record_without_a_question_among_others_is_named(tmp_path: Path) -> None:
    text = '{"cards": [{"front": "What is tea?", "back": "Leaves."},\n{"type": "cloze", "text": "Tea is {{c1::hot}}."}]}'
    found = imported(tmp_path, text, "cards.json")
    assert len(found.questions) == 1
    assert [str(note) for note in found.notes] == ["line 2: left out: it has no question"]


def test_what_a_failed_import_names_first_is_the_table_that_it_left_out(tmp_path: Path) -> None:
    text = "> Cut along the lines.\n\n| Magyar | English |\n|-|-|\n| **erő** | strength |\n| **sáv** | stripe |\n"
    with pytest.raises(InputError, match="line 5: left out, as a table of which no column asks"):
        imported(tmp_path, text)


def test_an_emoji_escaped_in_two_halves_is_read(tmp_path: Path) -> None:
    text = '[{"question": "What is \\ud83c\\udf75?", "answer": "Tea \\\\ud83c \\ud83c"}]'
    assert read(tmp_path, text, "a.json") == [("What is 🍵?", "Tea \\ud83c �")]


def test_another_encoding_is_read_with_a_word(tmp_path: Path) -> None:
    found = imported(tmp_path, "question,answer\nWas ist Tee?,Blätter\n".encode("cp1252"), "a.csv")
    assert found.questions[0].reference == "Blätter"
    assert "Windows-1252" in found.notes[0].message


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [("什么是茶？,叶子和热水", "gb18030", "GB18030"), ("Что такое чай?,Листья", "cp1251", "Windows-1251")],
)
def test_chinese_and_russian_files_are_read_in_their_own_encodings(tmp_path: Path, text: str, encoding: str, name: str) -> None:
    found = imported(tmp_path, f"question,answer\n{text}\n".encode(encoding), "a.csv")
    assert f"{found.questions[0].question},{found.questions[0].reference}" == text
    assert name in found.notes[0].message


def test_an_article_is_no_list_of_questions(run: Run, tmp_path: Path) -> None:
    said = "Tea is a drink that people make of leaves and hot water, in many countries and in many ways. "
    sections = "".join(f"## {name}\n\n{said * 3}\n\n" for name in ("Introduction", "History", "Trade", "Kinds", "Pots"))
    (tmp_path / "tea.md").write_text(f"# All about tea\n\n{sections}## Ready?\n\nDrink it.\n\n## Costs\n\n{said}\n")
    done = run("bank", "import", "tea.md")
    assert done.code == 2
    assert "it is no list of questions, since most of its text belongs to none" in done.err


def test_an_anki_package_is_read(tmp_path: Path) -> None:
    models = {"7": {"flds": [{"name": "Back"}, {"name": "Front"}]}}
    database = sqlite3.connect(tmp_path / "collection.anki2")
    database.executescript("CREATE TABLE col (models TEXT); CREATE TABLE notes (mid INTEGER, tags TEXT, flds TEXT)")
    database.execute("INSERT INTO col VALUES (?)", (json.dumps(models),))
    database.execute(
        "INSERT INTO notes VALUES (7, ' drinks hot ', ?)", ("Leaves in <b>hot</b> water.\x1fWhat is {{c1::tea}}?",)
    )
    database.commit()
    database.close()
    with zipfile.ZipFile(tmp_path / "deck.apkg", "w") as package:
        package.write(tmp_path / "collection.anki2", "collection.anki2")
    (question,) = import_files([tmp_path / "deck.apkg"]).questions
    assert (question.question, question.reference, question.topic) == (*TEA, "drinks")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip" * 100])
def test_what_is_no_anki_package_says_so(run: Run, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "deck.apkg").write_bytes(data)
    done = run("bank", "import", "deck.apkg")
    assert done.code == 2
    assert "not an Anki package" in done.err


def test_folders_and_several_files_make_one_bank(run: Run, tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "kitchen"
    (folder / "deep").mkdir(parents=True)
    (folder / "drinks.md").write_text("## What is tea?\n\nLeaves.\n")
    (folder / "deep" / "food.csv").write_text("question,answer\nWhat is rice?,A grain.\n")
    (folder / "deep" / "notes.md").write_text("Nothing is asked here.\n")
    done = run("bank", "import", "kitchen")
    assert done.code == 0, done.err
    rows = yaml.safe_load((home / "banks" / "kitchen.yaml").read_text())
    assert [(row["question"], row["topic"]) for row in rows] == [("What is rice?", "food"), ("What is tea?", "drinks")]
    assert "notes.md, line 1: left out" in done.err
    assert run("bank", "import", "kitchen/drinks.md", "kitchen/deep/food.csv", "--name", "two").code == 0


def test_of_many_notes_fifty_are_shown_and_the_last(run: Run, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    for n in range(60):
        (tmp_path / "parts" / f"{n:02}.md").write_text(f"This is part {n}.\n\n## What is part {n}?\n\nIt is {n}.\n")
    told = run("bank", "import", "parts", "--dry-run").err
    assert told.count("left out, since it belongs to no question") == 51
    assert "and 10 more such notes; the last: " in told


def test_a_dry_run_shows_what_would_come_and_writes_nothing(run: Run, tmp_path: Path, home: Path) -> None:
    (tmp_path / "mine.md").write_text(GUIDE)
    done = run("bank", "import", "mine.md", "--dry-run")
    assert done.code == 0
    assert "2 questions" in done.out
    assert "1 What is a tensor?\n   An array with any number of axes." in done.out
    assert "line 3: left out" in done.err
    (tmp_path / "more.csv").write_text("question,answer\n" + "".join(f"What is tea {n}?,Leaf {n}.\n" for n in range(5)))
    shown = run("bank", "import", "more.csv", "--dry-run").out
    assert [line for line in shown.splitlines() if "tea" in line] == [f"{n + 1} What is tea {n}?" for n in range(3)]
    assert not home.joinpath("banks").exists()


def test_a_file_that_is_mostly_not_understood_is_not_taken(run: Run, tmp_path: Path, home: Path) -> None:
    rows = ['{"question": "What is tea?", "answer": "Leaves."}', '{"answer": "x"}', '{"question": "", "answer": "y"}']
    (tmp_path / "odd.jsonl").write_text("\n".join(rows))
    done = run("bank", "import", "odd.jsonl")
    assert done.code == 2
    assert "only 1 of 3 questions were understood, so nothing was written" in done.err
    assert done.err.startswith("line 2: left out")
    assert not home.joinpath("banks").exists()
    assert run("bank", "import", "odd.jsonl", "--force").code == 0
    (tmp_path / "half.jsonl").write_text("\n".join(rows[:2]))
    assert run("bank", "import", "half.jsonl").code == 0


def test_only_what_is_missing_and_can_be_held_against_a_reference_is_proposed() -> None:
    complete = question()
    assert missing_parts(complete) == ()
    assert missing_parts(complete.model_copy(update={"misconceptions": ()})) == ("misconceptions",)
    bare = complete.model_copy(update={"key_points": (), "misconceptions": (), "follow_ups": ()})
    assert missing_parts(bare) == ("key_points", "misconceptions", "follow_ups")
    assert missing_parts(bare.model_copy(update={"reference": ""})) == ()


def test_a_follow_up_with_an_answer_of_its_own_is_a_question(tmp_path: Path) -> None:
    text = (
        "**Q:** What is green tea?\n**A:** Unfermented leaves.\n\n**Follow-up:** What is black tea?  \n"
        "**A:** Fermented leaves.\n\n**Q:** What is mate?\n**A:** A holly.\n"
    )
    assert read(tmp_path, text) == [
        ("What is green tea?", "Unfermented leaves."),
        ("What is black tea?", "Fermented leaves."),
        ("What is mate?", "A holly."),
    ]


@pytest.mark.parametrize("gap", ["\n\n", "\n"])
def test_cards_whose_sides_are_labelled(tmp_path: Path, gap: str) -> None:
    card = "### Card {n} [TERM]\n\n" + gap.join(
        ("**Front:** Tea {n}", "**Back:** Leaves {n}", "**Explanation:** They are dried.", "**Tags:** drink")
    )
    found = imported(tmp_path, f"# Drinks\n\n{card.format(n=1)}\n\n---\n\n{card.format(n=2)}\n")
    assert [question.question for question in found.questions] == ["Tea 1", "Tea 2"]
    assert all("They are dried." in question.reference and "drink" not in question.reference for question in found.questions)
    assert {question.topic for question in found.questions} == {"drinks"}


@pytest.mark.parametrize("gap", ["\n\n", "\n"])
@pytest.mark.parametrize("above", [True, False])
def test_a_card_names_its_topic_and_level_in_lines_of_its_own(tmp_path: Path, gap: str, *, above: bool) -> None:
    def card(sides: tuple[str, str], fields: tuple[str, str]) -> str:
        return gap.join([*fields, *sides] if above else [*sides, *fields])

    cards = [
        card(("Front: What is steam?", "Back: Hot water."), ("Domain: Physics", "**Level:** Advanced")),
        card(("Front: What is a rail?", "Back: A bar of steel."), ("Domain: Rail yards", "**Level:** easy")),
        "Front: What has an address?\nBack: A site has one.\nDomain: the name of the site that is asked, with its ending",
    ]
    found = imported(tmp_path, "# Cards\n\n" + "\n\n".join(cards)).questions
    assert [(question.reference, question.topic, question.level) for question in found[:2]] == [
        ("Hot water.", "physics", "advanced"),
        ("A bar of steel.", "rail-yards", "basic"),
    ]
    assert found[2].reference == "A site has one.\nDomain: the name of the site that is asked, with its ending"


def test_a_line_above_a_later_card_is_of_that_card(tmp_path: Path) -> None:
    text = "Front: What is steam?\nBack: Hot water.\n\nLevel: hard\nFront: What is a rail?\nBack: A bar of steel.\n"
    assert [one.level for one in imported(tmp_path, text).questions] == ["basic", "advanced"]


def test_a_card_line_that_belongs_to_no_card_is_told(tmp_path: Path) -> None:
    card = "Front: What is {}?\nBack: Hot.\n\n"
    found = imported(tmp_path, f"{card.format('steam')}# Rails\n\nLevel: hard\n\n{card.format('heat')}")
    assert [one.level for one in found.questions] == ["basic", "basic"]
    assert [str(note) for note in found.notes] == ["line 6: left out, since it belongs to no question: Level: hard"]


@pytest.mark.parametrize("missing", ["nan", "None", "null", "N/A"])
def test_what_programs_write_for_a_missing_value_answers_nothing(tmp_path: Path, missing: str) -> None:
    table = (
        f"question,answer,explanation,topic\nIs it ice?,True,{missing},{missing}\nWhat is it?,{missing},It is hot.,{missing}\n"
    )
    found = imported(tmp_path, f"{table}Why is it hot?,{missing},,heat\nIs it ice?,False,,heat\n", "a.csv").questions
    assert [question.reference for question in found] == ["True", "It is hot.", "", "False"]
    assert {question.topic for question in found} == {"a", "heat"}
    assert read(tmp_path, f"Q: What is it?\nA: {missing}\n\nQ: Is it steam?\nA: True\n") == [
        ("What is it?", ""),
        ("Is it steam?", "True"),
    ]
    options = f"question,option_a,option_b,answer\nWhat comes back?,Steam,{missing},{missing}\n"
    assert read(tmp_path, options, "b.csv")[0][1] == f"B: {missing}"


@pytest.mark.parametrize(
    "numbers",
    [
        ("1", "2", "3"),
        ("1", "3", "5"),
        ("1/5", "3/5", "4/5"),
        ("0.1", "0.2", "0.9"),
        ("800", "1200", "2400"),
        ("L1", "L2", "L3"),
    ],
)
def test_numbers_are_levels_by_the_range_of_their_file(tmp_path: Path, numbers: tuple[str, str, str]) -> None:
    rows = [{"question": f"What is {word}?", "answer": "Hot.", "difficulty": n} for word, n in zip("xyz", numbers, strict=True)]
    levels = ["basic", "basic", "advanced"]
    assert [question.level for question in imported(tmp_path, json.dumps(rows), "a.json").questions] == levels
    if "." not in numbers[0] + numbers[1] and numbers[0].isdigit():
        cards = "\n\n".join(f"Front: {row['question']}\nBack: Hot.\nDifficulty: {row['difficulty']}" for row in rows)
        below = "\n\n".join(f"## {row['question']}\n\n**Difficulty:** {row['difficulty']}\n\nHot." for row in rows)
        for text in (cards, below):
            found = imported(tmp_path, text).questions
            assert [(question.reference, question.level) for question in found] == [("Hot.", level) for level in levels]


def test_one_number_says_nothing_about_levels(tmp_path: Path) -> None:
    found = imported(tmp_path, "question,answer,level\nWhat is x?,Hot.,3\nWhat is y?,Cold.,3\n", "a.csv")
    assert [question.level for question in found.questions] == ["basic", "basic"]
    assert [str(note) for note in found.notes] == ["line 2: left out, since it is no level: 3"]


@pytest.mark.parametrize(
    "names",
    [
        "初级 中级 高级",
        "简单 中等 困难",
        "лёгкий средний сложный",
        "простая средняя трудная",
        "джун мидл сеньор",
        "junior middle senior",
    ],
)
def test_levels_have_names_in_chinese_and_russian(tmp_path: Path, names: str) -> None:
    levels = ["basic", "basic", "advanced"]
    table = "".join(f"What is {level}?,Hot.,{level}\n" for level in names.split())
    remarks = "".join(f"## What is {level}?\n\n难度：{level}\n\nHot.\n\n" for level in names.split())
    for name, text in (("a.csv", f"question,answer,level\n{table}"), ("b.md", remarks)):
        found = imported(tmp_path, text, name)
        assert [question.level for question in found.questions] == levels
        assert not found.notes


def test_a_number_on_a_scale_is_a_level_whatever_the_others_are(tmp_path: Path) -> None:
    table = "question,answer,level\nWhat is x?,Hot.,4/5\nWhat is y?,Cold.,5/5\n"
    assert [question.level for question in imported(tmp_path, table, "a.csv").questions] == ["advanced", "advanced"]


def test_letters_of_right_options_may_repeat_or_name_none(tmp_path: Path) -> None:
    options = {"A": "Rice", "B": "Tea", "C": "Oats", "D": "Mate"}
    rows = [
        {"question": f"Which are drinks, {said}?", "options": options, "answer": said}
        for said in ("B,D,D", "D, B", "B,DE", "H")
    ]
    found = imported(tmp_path, json.dumps(rows), "tea.json")
    right = "B: Tea\nD: Mate"
    assert [question.reference for question in found.questions] == [right, right, right, ""]
    said = [str(note) for note in found.notes if "no such option" in note.message]
    assert [note.rpartition(": ")[2] for note in said] == ["E", "H"]


def test_positions_of_options_in_a_cell_count_from_their_first(tmp_path: Path) -> None:
    text = "question,options,correct_answer\nWhich is a drink?,Rice|Tea|Oats,1\nWhich is a grain?,Rice|Tea|Mate,0\n"
    assert [answer for _, answer in read(tmp_path, text, "tea.csv")] == ["B: Tea", "A: Rice"]
    marked = [{"question": "Which is `tea`?", "options": ["`rice`", "`tea`"], "answer": "`tea`"}]
    assert read(tmp_path, json.dumps(marked), "tea.json") == [("Which is tea?\nA: rice\nB: tea", "B: tea")]


def test_pairs_in_a_text_file_are_cards(tmp_path: Path) -> None:
    assert read(tmp_path, "tea,herbata\nmilk,mleko\nwater,woda\n", "words.txt")[2] == ("water", "woda")


def test_a_header_in_an_unknown_language_is_no_card(tmp_path: Path) -> None:
    text = (
        "문제,정답,url\n녹차와 홍차의 차이를 두 가지 이상 자세히 쓰시오.,발효와 색 그리고 맛이 서로 다르다,\n"
        "우유를 넣은 차의 이름을 한국어로 쓰시오.,밀크티라고 한다,\n"
    )
    found = imported(tmp_path, text, "tea.csv")
    assert len(found.questions) == 2
    assert "line 1: taken for the names of the columns: 문제, 정답, url" in map(str, found.notes)


@pytest.mark.parametrize(
    "first",
    [
        ("Explain steam", "It drives the engine."),
        ("Explain steam", "drives the engine"),
        ("Steam", "It drives the engine."),
        ("Steam", "hot water that drives it"),
    ],
)
def test_a_first_card_that_does_not_ask_is_no_header(tmp_path: Path, first: tuple[str, str]) -> None:
    cards = [
        first,
        ("What is a rail?", "A bar of steel."),
        ("What is a sleeper?", "It holds the rails."),
        ("Why coal?", "It burns."),
    ]
    assert read(tmp_path, "".join(f"{asked},{said}\n" for asked, said in cards), "a.csv") == cards
    named = "Vprašanje,Odgovor\n" + "".join(f"{asked},{said}\n" for asked, said in cards[1:])
    assert read(tmp_path, named, "b.csv") == cards[1:]


@pytest.mark.parametrize(
    "header", [("Begriff", "Erklärung"), ("Terme", "Ce que c'est"), ("Термин", "Значение"), ("术语", "含义")]
)
def test_terms_and_their_meanings_are_cards_whatever_their_columns_are_called(tmp_path: Path, header: tuple[str, str]) -> None:
    terms = [
        ("rail", "A bar of steel that wheels run on"),
        ("枕木", "把钢轨固定在道床上的横木。"),
        ("Stellwerk", "Von hier werden die Weichen gestellt."),
    ]
    rows = "".join(f"| {term} | {meaning} |\n" for term, meaning in terms)
    table = f"| {header[0]} | {header[1]} |\n|---|---|\n{rows}"
    assert read(tmp_path, f"# Bahn\n\n{table}") == terms
    assert read(tmp_path, "".join(f"{one},{other}\n" for one, other in [header, *terms]), "a.csv") == terms
    records = [dict(zip(header, pair, strict=True)) for pair in terms]
    assert read(tmp_path, json.dumps(records), "a.json") == terms
    said = "A railway is a railroad track for trains, and much more is to be said about it than this table does. " * 3
    with pytest.raises(InputError):
        read(tmp_path, f"# Bahn\n\n{said}\n\n{table}")


def test_terms_have_their_meanings_though_only_their_own_column_has_a_usual_name(tmp_path: Path) -> None:
    terms = [("rail", "A bar of steel"), ("sleeper", "A beam below it"), ("steam", "Water that is hot")]
    rows = "".join(f"| {term} | {meaning} |\n" for term, meaning in terms)
    assert read(tmp_path, f"| Term | Note |\n|---|---|\n{rows}") == terms
    assert read(tmp_path, "Term,Note\n" + "".join(f"{one},{other}\n" for one, other in terms), "a.csv") == terms


def test_records_beside_questions_are_no_terms(tmp_path: Path) -> None:
    people = [{"handle": one, "bio": f"writes about {one} and its steam"} for one in ("ann", "bo", "cy")]
    asked = [{"question": "What is tea?", "answer": "Leaves."}]
    assert read(tmp_path, json.dumps({"people": people, "items": asked}), "a.json") == [("What is tea?", "Leaves.")]
    places = [{"name": name, "value": f"{name.casefold()}_steam:80"} for name in ("A", "B", "C")]
    with pytest.raises(InputError):
        read(tmp_path, yaml.safe_dump({"env": places}), "a.yaml")


def test_quoting_that_is_broken_everywhere_is_counted(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="3 of 3 lines"):
        imported(tmp_path, '"What is tea?",""leaves"; "water"",""1;\n' * 3, "tea.csv")


def test_code_that_an_answer_begins_with_keeps_its_shape(tmp_path: Path) -> None:
    code = "```py\nclass Tea:\n    leaf = 1\n```\n\nIt has a leaf."
    shown = "class Tea:\n    leaf = 1\n\nIt has a leaf."
    assert read(tmp_path, f"## What is a class?\n\n{code}\n\n## What is tea?\n\nLeaves.\n")[0][1] == shown
    assert read(tmp_path, json.dumps([{"question": "What is a class?", "answer": code}]), "tea.json")[0][1] == shown


def test_a_number_is_no_list_of_key_points(tmp_path: Path) -> None:
    rows = [{"question": f"What is tea {n}?", "answer": "Leaves.", "points": 10} for n in (1, 2)]
    found = imported(tmp_path, json.dumps(rows), "tea.json")
    assert [note.message for note in found.notes if "list" in note.message] == ["left out, since it is no list: key points"]


def test_an_option_may_be_called_top(tmp_path: Path) -> None:
    text = "### 1. Which one shows processes?\n\n* [ ] top\n* [ ] cat\n\nAnswer: top\n\n[Top](#)\n"
    assert read(tmp_path, text) == [("Which one shows processes?\ntop\ncat", "top")]


def test_comments_in_code_stay(tmp_path: Path) -> None:
    text = (
        "## How does HTML comment?\n\nSo: <!-- left out -->\n\n```html\n<!-- a comment -->\n```\n\n## What is tea?\n\nLeaves.\n"
    )
    assert read(tmp_path, text)[0][1] == "So:\n\n    <!-- a comment -->"


def test_a_long_fence_may_be_closed_by_a_short_one(tmp_path: Path) -> None:
    text = "## What is tea?\n````js\ntea()\n```\n## What is mate?\n```js\nmate()\n```\n"
    assert read(tmp_path, text) == [("What is tea?", "tea()"), ("What is mate?", "mate()")]


def test_a_fence_that_is_never_closed_is_named(tmp_path: Path) -> None:
    text = "## What is tea?\n\nLeaves.\n\n## What is mate?\n```js\nmate()\n\n## What is milk?\n\nFat and water.\n"
    notes = imported(tmp_path, text).notes
    assert (notes[0].line, notes[0].lost) == (6, True)


def test_a_letter_in_brackets_is_the_level(tmp_path: Path) -> None:
    text = "**[E] When is tea brewed?**\n\nAt five.\n\n**[H] Explain brewing.**\n\nHot water takes the taste out.\n"
    found = imported(tmp_path, text).questions
    assert [(one.question, one.level) for one in found] == [
        ("When is tea brewed?", "basic"),
        ("Explain brewing.", "advanced"),
    ]


def test_a_table_of_terms_belongs_to_the_answer_it_stands_in(tmp_path: Path) -> None:
    table = "| Term | Definition |\n| --- | --- |\n| Green | unfermented |\n| Black | fermented |\n"
    text = f"## Q1: What is tea?\n\nLeaves.\n\n## Q2: Which teas are there?\n\n**Answer**:\n\n{table}\n## Q3: Mate?\n\nIlex.\n"
    assert read(tmp_path, text)[1][1] == "Green: unfermented\nBlack: fermented"
    assert len(read(tmp_path, f"# Teas\n\n{table}")) == 2


def test_a_list_without_answers_answers_nothing(tmp_path: Path) -> None:
    items = "1. What is green tea?\n2. Black versus white tea.\n3. What is mate?\n"
    closing = "For each question, say two sentences."
    found = read(tmp_path, f"**Q:** What is tea?\n**A:** Leaves.\n\n## More of them\n{items}\n{closing}\n")
    assert found[1:] == [("What is green tea?", ""), ("Black versus white tea.", ""), ("What is mate?", "")]


def test_many_headings_of_one_level_are_all_questions(tmp_path: Path) -> None:
    asked = ["What is tea?", "Bubble sort", "How is it made?", "Stack", "Why drink it?", "Queue", "Who grows it?"] * 2
    text = "".join(f"## {head} {n}\n\nLeaves {n}.\n\n" for n, head in enumerate(asked))
    assert len(read(tmp_path, text)) == len(asked)


def test_links_and_labels_below_an_answer_are_no_part_of_it(tmp_path: Path) -> None:
    link = "[What is tea?](https://tea.example/what)"
    text = (
        f"# 1. Tea, what is it?\n\n- Leaves.\n\nOther:\n\n- {link}\n\n<ins>**Questions about mate:**</ins>\n"
        f"# 2. What is mate?\n\n- A holly.\n\nSource:\n\n- {link}\n\n"
        f"# -- Questions taken from [Tea](https://tea.example) --\n\n"
        "# 3. Brew tea in steps:\n\nwater, leaves\n\n### One possible solution\n\nBoil, pour.\n"
    )
    found = imported(tmp_path, text).questions
    assert [one.reference for one in found] == ["Leaves.", "A holly.", "Boil, pour."]
    assert found[0].sources == ("What is tea? https://tea.example/what",)


def test_solutions_amid_an_answer_are_a_part_of_it(tmp_path: Path) -> None:
    text = "**Why is tea bitter?**\n\nIt brewed too long.\nSolutions:\n- Less time\n\n" + "".join(
        f"**What is tea {n}?**\n\nLeaves.\n\n" for n in range(4)
    )
    assert read(tmp_path, text)[0] == ("Why is tea bitter?", "It brewed too long.\n\nSolutions:\n\nLess time")


def test_notes_of_one_kind_are_one_line(tmp_path: Path) -> None:
    rows = [{"question": f"What is the taste of {name} tea?", "answer": "Bitter."} for name in "abcdefghijkl"]
    found = imported(tmp_path, json.dumps(rows, indent=0), "tea.json")
    assert len(found.notes) == 11
    assert len(found.digest()) == 1
    assert "10 more like this" in found.digest()[0]


def test_the_reason_that_loses_most_comes_first(tmp_path: Path) -> None:
    rows = "answer,question,level\nLeaves,,easy\nLeaves,What is tea?,easy\n" + "a,b,c,d,e\n" * 3
    notes = [note.message for note in imported(tmp_path, rows, "tea.csv").notes if note.lost]
    assert ["cells" in note for note in notes] == [True, True, True, False]


def test_a_hint_in_front_of_an_answer_is_one(tmp_path: Path) -> None:
    text = "### Q1: What is tea?\n\n**Hint:** Think of leaves.\n\n**Answer:** A drink.\n\n### Q2: Mate?\n\n**Answer:** Ilex.\n"
    first = imported(tmp_path, text).questions[0]
    assert (first.question, first.hint, first.reference) == ("What is tea?", "Think of leaves.", "A drink.")


def test_short_answers_that_are_all_accepted_are_one(tmp_path: Path) -> None:
    rows = [{"question": "Who grew tea?", "answers": ["Ann Lee", "The tea queen"], "hints": ["a queen"]}]
    assert read(tmp_path, yaml.dump(rows), "tea.yaml") == [("Who grew tea?", "Ann Lee / The tea queen")]


def test_lines_of_fields_in_a_text_file_are_rows(tmp_path: Path) -> None:
    rows = "1. What is tea?|A. Leaves|B. Beans|C. Bark|A\n2. What is mate?|A. Beans|B. Holly|B\n"
    found = imported(tmp_path, rows, "tea.txt").questions
    assert [(one.number, one.question, one.reference) for one in found] == [
        (1, "What is tea?\nA: Leaves\nB: Beans\nC: Bark", "A: Leaves"),
        (2, "What is mate?\nA: Beans\nB: Holly", "B: Holly"),
    ]
    for mark in ("|", "\t", ";"):
        pairs = f"What is tea?{mark}Leaves\nWhat is mate?{mark}Holly\n"
        assert read(tmp_path, pairs, "tea.txt") == [("What is tea?", "Leaves"), ("What is mate?", "Holly")]


@pytest.mark.parametrize(
    "lines",
    [
        ("What is P(A|B)?", "What is P(B|A)?", "How does P(A|C) differ?"),
        ("What does a | b print?", "What is `ls | wc`?", "Why is a || b true?"),
        ("What is a tree?", "Explain heaps.", "How is P(A|B) found?"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@pytest.mark.parametrize("form", ["{line}", "{number}. {line}", "- {line}"])
def test_lines_that_ask_are_questions_though_there_are_bars_in_them(
    tmp_path: Path, lines: tuple[str, ...], name: str, form: str
) -> None:
    text = "\n".join(form.format(line=line, number=number) for number, line in enumerate(lines, 1))
    assert read(tmp_path, text, name) == [(line.replace("`", ""), "") for line in lines]


@pytest.mark.parametrize(
    ("text", "cards"),
    [
        (
            "Q: What is coal?\nA: Why do you ask?\nQ: What is oil?\nA: How is one to know?\nQ: What is tar?\nA: A rest.\n",
            [("What is coal?", "Why do you ask?"), ("What is oil?", "How is one to know?"), ("What is tar?", "A rest.")],
        ),
        (
            "What is oil?\nA) What is it?\nB) Why is it?\nC) How is it?\nAnswer: B\n",
            [("What is oil?\nA) What is it?\nB) Why is it?\nC) How is it?", "B: Why is it?")],
        ),
        (
            "## What is a queue?\n\nWhen it is full,\nwhat comes in goes and\nhow that is told depends.\n",
            [("What is a queue?", "When it is full, what comes in goes and how that is told depends.")],
        ),
    ],
)
def test_lines_that_ask_among_others_divide_nothing_else(tmp_path: Path, text: str, cards: list[tuple[str, str]]) -> None:
    assert read(tmp_path, text) == cards


def test_an_answer_that_is_indented_by_tabs_is_no_table(tmp_path: Path) -> None:
    ((asked, said),) = read(tmp_path, "What is coal?\n" + "".join(f"\tIt is layer {n}.\n" for n in range(12)), "a.txt")
    assert asked == "What is coal?"
    assert said.startswith("It is layer 0.")
    assert said.endswith("It is layer 11.")


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@pytest.mark.parametrize(
    "form", ["1. {} | {}", "- {} | {}", "## {} ({})", "1. **{}** | {}", "1. {} - {}", "1. **{} [Level: {}]**"]
)
def test_a_level_behind_a_question_is_its_level(tmp_path: Path, name: str, form: str) -> None:
    lines = [("What is a tree?", "easy"), ("Is it tall?", "medium"), ("What is a rope?", "Hard")]
    found = imported(tmp_path, "\n\n".join(form.format(*line) for line in lines), name).questions
    assert [(question.question, question.reference, question.level) for question in found] == [
        ("What is a tree?", "", "basic"),
        ("Is it tall?", "", "basic"),
        ("What is a rope?", "", "advanced"),
    ]
    answered = "\n\n".join(f"{number}. Is it high here? - Low" for number in (1, 2)).replace("2. Is it high", "2. Is it dry")
    assert {answer for _, answer in read(tmp_path, answered)} == {"Low"}


def test_a_word_for_a_level_is_none_where_it_is_asked_for(tmp_path: Path) -> None:
    text = "1. What prints `ls | hard`?\n\n2. Which coal is older, soft or hard? - Hard\n"
    found = imported(tmp_path, text).questions
    assert [(one.question, one.reference, one.level) for one in found] == [
        ("What prints ls | hard?", "", "basic"),
        ("Which coal is older, soft or hard?", "Hard", "basic"),
    ]


@pytest.mark.parametrize("top", ["", "# Railways\n\n"])
def test_a_few_words_over_lines_that_ask_are_their_topic(tmp_path: Path, top: str) -> None:
    lists = [
        ("Steam power", "What is steam?\nWhy is it hot?\nExplain boilers."),
        ("Rails", "What is a rail?\nIs it steel?\nWhy?"),
    ]
    found = imported(tmp_path, top + "\n\n".join(f"{title}\n\n{lines}" for title, lines in lists), "a.txt").questions
    assert [question.topic for question in found] == ["steam-power"] * 3 + ["rails"] * 3
    assert not any(question.reference for question in found)


def test_a_table_in_a_text_file_is_read_as_one(tmp_path: Path) -> None:
    table = "| Question | Answer |\n|---|---|\n| What is tea? | Leaves |\n| What is mate? | Holly |\n"
    assert read(tmp_path, table, "tea.txt") == [("What is tea?", "Leaves"), ("What is mate?", "Holly")]


def test_fields_that_were_not_understood_are_no_questions(tmp_path: Path) -> None:
    rows = "".join(f"- What is {name}?|a drink|hot\n" for name in ("tea", "mate", "cocoa"))
    with pytest.raises(InputError, match="line 3: left out, since its line holds more fields"):
        imported(tmp_path, f"# Drinks\n\n{rows}")
    assert len(imported(tmp_path, "- What is tea?\n- What is mate?\n- What is `a|b`?\n").questions) == 3


def test_what_was_left_out_is_told_before_questions_that_are_alike(tmp_path: Path) -> None:
    rows = "question,answer,weight\nWhat is green tea?,Leaves,1\nWhat is a green tea?,A drink,2\nWhat is green tea?,Leaves,1\n"
    notes = [note.message for note in imported(tmp_path, rows, "tea.csv").notes]
    assert ["much like" in note for note in notes] == [False, False, True]


def test_the_only_text_beside_options_and_the_right_one_is_the_question(tmp_path: Path) -> None:
    quiz = {n: {"Content": f"Tea {n} is", "Answers": ["hot", "cold"], "Correct": n % 2} for n in (1, 2)}
    found = imported(tmp_path, yaml.dump({"Questions": {"Green": quiz}}), "tea.yaml").questions
    assert [(one.question, one.reference, one.topic) for one in found] == [
        ("Tea 1 is\nA: hot\nB: cold", "B: cold", "green"),
        ("Tea 2 is\nA: hot\nB: cold", "A: hot", "green"),
    ]


def test_unknown_fields_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="such as question and reference; it has Leaf, Cup"):
        imported(tmp_path, json.dumps({"teas": [{"Leaf": "green", "Cup": 1}]}), "tea.json")


def test_a_short_first_card_is_no_header(tmp_path: Path) -> None:
    cards = "brew;ctrl+A\nbrew the tea (exclusive);ctrl+alt+A\ncool the tea (exclusive);ctrl+alt+D\n"
    assert read(tmp_path, cards, "tea.tsv")[0] == ("brew", "ctrl+A")


def test_labels_count_however_far_they_are_indented(tmp_path: Path) -> None:
    text = "".join(
        f"# Topic: Tea\n### Level: Hard\n#### Type: Question\n"
        f"    **Question:** What is {n}?\n    **Answer:** Leaf {n}.\n    Hot.\n\n"
        for n in ("green tea", "black tea")
    )
    found = imported(tmp_path, text).questions
    assert [(one.question, one.reference, one.level, one.topic) for one in found] == [
        ("What is green tea?", "Leaf green tea.\nHot.", "advanced", "tea"),
        ("What is black tea?", "Leaf black tea.\nHot.", "advanced", "tea"),
    ]


def test_headings_inside_the_answers_to_bold_questions_are_parts_of_them(tmp_path: Path) -> None:
    text = (
        "### Section 1: Tea\n\n**1. What is tea?**\n\n**Answer:**\n\nIt has two parts:\n\n### 1. **Leaf**\n\nGreen.\n\n"
        "### Summary:\n\nA leaf and water.\n\n---\n\n### Section 2: Mate\n\n**2. What is mate?**\n\n**Answer:**\n\nA drink.\n\n"
        "### What is it?\n\nHolly.\n\n---\n\n**3. What is cocoa?**\n\n**Answer:**\n\nBeans.\n\n### Kinds\n\nDark.\n"
    )
    found = imported(tmp_path, text).questions
    assert [(one.question, one.reference, one.topic) for one in found] == [
        ("What is tea?", "It has two parts:\n\n1. Leaf\n\nGreen.\n\nSummary:\n\nA leaf and water.", "section-1-tea"),
        ("What is mate?", "A drink.\n\nWhat is it?\n\nHolly.", "section-2-mate"),
        ("What is cocoa?", "Beans.\n\nKinds\n\nDark.", "section-2-mate"),
    ]
    titled = "".join(f"## Teas {n}\n\nSome words.\n\n**{n}. What is tea {n}?**\n\nLeaves.\n\n" for n in (1, 2, 3))
    assert {one.reference for one in imported(tmp_path, titled).questions} == {"Leaves."}


@pytest.mark.parametrize("odd", [1, 3, 6])
def test_one_question_a_level_higher_is_a_question(tmp_path: Path, odd: int) -> None:
    heads = {n: "##" if n == odd else "###" for n in range(1, 7)}
    text = "# Teas\n\n" + "".join(f"{head} {n}. What is tea {n}?\n\nLeaf {n}.\n\n" for n, head in heads.items())
    found = imported(tmp_path, text).questions
    assert [(one.number, one.reference, one.topic) for one in found] == [(n, f"Leaf {n}.", "teas") for n in heads]


def test_the_right_option_is_the_one_called_correct(tmp_path: Path) -> None:
    rows = [
        {"q": f"Which drink is {name}?", "a": ["Water", {"correct": name}, "Milk"], "n": "Hot."} for name in ("Tea", "Mate")
    ]
    listed = "Which drink is Tea?\nA: Water\nB: Tea\nC: Milk"
    assert read(tmp_path, yaml.safe_dump(rows), "drinks.yaml")[0] == (listed, "B: Tea")


def test_the_words_before_questions_and_answers_need_no_colon(tmp_path: Path) -> None:
    text = "Question What is tea?\nAnswer Leaves in hot water\n\nQuestion Who grows it?\nAnswer The farmers of Assam\n"
    assert read(tmp_path, text, "tea.txt") == [
        ("What is tea?", "Leaves in hot water"),
        ("Who grows it?", "The farmers of Assam"),
    ]
    asked = "## How is a claim read?\n\nQuestion each word.\nShow the source.\n"
    assert read(tmp_path, asked) == [("How is a claim read?", "Question each word.\nShow the source.")]


@pytest.mark.parametrize(
    "cell", ["#", "*", ">", ">=", "<br>", "<p>", "</html>", "<hr />", "> 5 cm", ">5", ">= 10 mmol/l", "'=='"]
)
def test_signs_and_tags_alone_are_the_answer(tmp_path: Path, cell: str) -> None:
    table = f'question,a,b,answer\n"Which, of these?","{cell}",none,a\nWhich other?,tea,milk,b\n'
    assert read(tmp_path, table, "signs.csv")[0] == (f"Which, of these?\nA: {cell}\nB: none", f"A: {cell}")
    assert read(tmp_path, f'front,back\nWhat is it?,"{cell}"\nWhat else?,Tea\n', "cards.csv")[0] == ("What is it?", cell)


def test_a_label_in_a_cell_is_no_part_of_the_answer(tmp_path: Path) -> None:
    table = 'front,back\nWhat is tea?,"**Answer:** Leaves.\n\n**Why:** They grow."\nWhat is A?,A: a letter\n'
    assert read(tmp_path, table, "cards.csv") == [("What is tea?", "Leaves.\n\nWhy: They grow."), ("What is A?", "A: a letter")]
    assert read(tmp_path, "Question,Answer\nQ: What is tea?,A: Leaves\n", "cards.csv") == [("What is tea?", "Leaves")]
    numbered = imported(tmp_path, "front,back\nQ7: What is tea?,A: Leaves\nQ9: What is mate?,A: Holly\n", "a.csv").questions
    assert [(one.number, one.question) for one in numbered] == [(7, "What is tea?"), (9, "What is mate?")]
    command = "Show: lists the teas"
    assert read(tmp_path, f"front,back\nWhat is show?,{command}\nWhat is tea?,Leaves\n", "a.csv")[0][1] == command


def test_an_answer_may_stand_behind_a_colon(tmp_path: Path) -> None:
    text = "What is tea?:Leaves\nWhat is 2 + 2?: 4\nExplain name?: string in short\n"
    assert read(tmp_path, text, "tea.txt") == [
        ("What is tea?", "Leaves"),
        ("What is 2 + 2?", "4"),
        ("Explain name?: string in short", ""),
    ]


def test_meanings_before_their_terms_are_cards_without_names(tmp_path: Path) -> None:
    cards = "Used to boil water.\tpot\nLeaves in hot water.\ttea\nGives a cup its warmth.\thand\n"
    assert read(tmp_path, cards, "cards.tsv")[0] == ("Used to boil water.", "pot")
    labelled = "A good cup of tea.\tgood\nA bad cup of tea.\tbad\nAnother good cup.\tgood\n"
    with pytest.raises(InputError, match="no column is called question"):
        read(tmp_path, labelled, "labels.tsv")


def test_numbers_that_an_editor_escaped_begin_questions(tmp_path: Path) -> None:
    first = "1. **What is tea?**\n\nLeaves.\n\n2\\. **What is milk?**\n\nA drink.\n\n**3. What is rice?**\n\nA grain.\n\n"
    second = "1\\. What is a pot?\n\nA vessel.\n\n2\\. What is a cup?\n\nA small one.\n\n3\\. What is a lid?\n\nIts cover.\n"
    assert read(tmp_path, first + second) == [
        ("What is tea?", "Leaves."),
        ("What is milk?", "A drink."),
        ("What is rice?", "A grain."),
        ("What is a pot?", "A vessel."),
        ("What is a cup?", "A small one."),
        ("What is a lid?", "Its cover."),
    ]


def test_a_task_below_its_title_belongs_to_the_question(tmp_path: Path) -> None:
    text = "".join(
        f"### {n}. {title}\n\n**Task:** Write `{title}` anew.\n\nKeep a {kept}.\n\n"
        for n, title, kept in ((1, "debounce", "timer"), (2, "once", "flag"))
    )
    assert read(tmp_path, text)[1] == ("once\nWrite once anew.", "Keep a flag.")


def test_a_heading_over_a_single_item_with_its_answer_is_the_topic(tmp_path: Path) -> None:
    text = "### Basics\n\n1. What is tea?\n\n    Answer: Leaves.\n\n2. What is milk?\n\n    Answer: A drink.\n\n"
    text += "### Scenarios\n\n1. If the pot is broken then how we can boil water\n\n   Answer: In a pan.\n"
    found = imported(tmp_path, text).questions[-1]
    assert (found.topic, found.question) == ("scenarios", "If the pot is broken then how we can boil water")
    assert found.reference == "In a pan."


def test_headings_that_number_answers_are_the_questions(tmp_path: Path) -> None:
    titles = ("Green tea and black tea", "Why is water boiled first?", "The life of a teapot")
    text = "# Answers\n\n## Tea\n\n" + "".join(f"### Answer {n}: {t}\n\nLeaf {n}.\n\n" for n, t in enumerate(titles, 1))
    found = imported(tmp_path, text).questions
    assert [(one.question, one.reference, one.topic) for one in found] == [
        (title, f"Leaf {n}.", "tea") for n, title in enumerate(titles, 1)
    ]


def test_a_table_of_what_to_ask_belongs_to_the_answer_it_stands_in(tmp_path: Path) -> None:
    table = "| Factor | Question |\n|--|--|\n| Leaf | Is it whole? |\n\n"
    asked = f"**Question:** How is tea chosen?\n\n**Answer:** By asking:\n\n{table}"
    found = read(tmp_path, asked + "**Question:** What is tea?\n\n**Answer:** Leaves.\n")
    assert [question for question, _ in found] == ["How is tea chosen?", "What is tea?"]
    assert "Is it whole?" in found[0][1]


def test_the_sides_of_cards_may_be_html(tmp_path: Path) -> None:
    box = '<div style="color: red; padding: 2px;">{}</div>\n'
    cards = (("<h2>What is tea?</h2>", "<ul><li>Leaves</li><li>Water</li></ul>"), ("<h2>What is milk?</h2>", "<p>A drink.</p>"))
    text = "\n".join(f"Front: {box.format(front)}Back: {box.format(back)}" for front, back in cards)
    assert read(tmp_path, text, "anki.txt") == [("What is tea?", "Leaves\nWater"), ("What is milk?", "A drink.")]


def test_every_second_line_may_be_the_answer(tmp_path: Path) -> None:
    text = "What is tea?\nLeaves.\nWho grows it?\nFarmers in Assam\nIs it hot?\nYes\n"
    assert read(tmp_path, text, "tea.txt") == [
        ("What is tea?", "Leaves."),
        ("Who grows it?", "Farmers in Assam"),
        ("Is it hot?", "Yes"),
    ]


def test_a_line_over_a_single_sign_is_a_heading_with_a_stop_behind_it(tmp_path: Path) -> None:
    text = "Explain green tea.\n-\n- Leaves.\n- Water.\n\nWhat is milk?\n-\n- A drink.\n"
    assert read(tmp_path, text) == [("Explain green tea.", "Leaves.\nWater."), ("What is milk?", "A drink.")]


def test_questions_in_chapters_are_all_read(tmp_path: Path) -> None:
    chapters = {name: [{"question": f"What is {name}?", "answer": name}] for name in ("tea", "milk")}
    text = json.dumps({"name": "Drinks", "author": "the cook", "questions": chapters})
    assert read(tmp_path, text, "drinks.json") == [("What is tea?", "tea"), ("What is milk?", "milk")]


@pytest.mark.parametrize("form", ["NO.{n} {asked}", "No. {n}: {asked}", "{n}- {asked}", "{n}– {asked}"])
def test_numbers_in_other_forms_begin_questions(tmp_path: Path, form: str) -> None:
    asked = ("What is tea?", "Explain how water boils.", "Why is milk white?")
    text = "\n\n".join(f"{form.format(n=n, asked=one)}\n\nAnswer {n} is this." for n, one in enumerate(asked, 1))
    assert read(tmp_path, text) == [(one, f"Answer {n} is this.") for n, one in enumerate(asked, 1)]


def test_a_question_that_links_to_its_section_stays_beside_its_answer(tmp_path: Path) -> None:
    rows = ["| # | Question | Answer |", "|---|---|---|", "| 1 | [What is PCA?](#pca) | A projection onto few directions. |"]
    (tmp_path / "table.md").write_text("\n".join([*rows, "| 2 | What is kNN? | A vote of the nearest neighbours. |"]))
    assert [one.question for one in import_files([tmp_path / "table.md"]).questions] == ["What is PCA?", "What is kNN?"]


def test_columns_that_anki_names_are_divided_as_its_rows_are(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("#separator:Semicolon\n#columns:Front;Back\nWhat is tea?;Leaves\n")
    assert [one.reference for one in import_files([tmp_path / "notes.txt"]).questions] == ["Leaves"]


def test_names_of_emoji_behind_a_question_are_no_part_of_it(tmp_path: Path) -> None:
    text = (
        "**What is tea? :fire:**\n\nLeaves.\n\n**Explain mate :star: :fire:**\n\nA herb.\n\n"
        "**What is milk?** :baby: (:+1:)\nA drink.\n"
    )
    assert read(tmp_path, text) == [("What is tea?", "Leaves."), ("Explain mate", "A herb."), ("What is milk?", "A drink.")]


@pytest.mark.parametrize("form", ["**{}. {}**", "{}. {}"])
def test_a_list_of_questions_may_leave_out_many_numbers(tmp_path: Path, form: str) -> None:
    titles = {1: "Two Sum", 121: "Best time to buy", 322: "Coin change"}
    (tmp_path / "list.md").write_text("\n\n".join(f"{form.format(*title)}\n\nUse a map." for title in titles.items()))
    assert [one.question for one in import_files([tmp_path / "list.md"]).questions] == list(titles.values())


@pytest.mark.parametrize(
    "text",
    [
        "Networking: What is TCP?\nDatabases: What is SQL?\nSecurity: What is XSS?\n",
        'Quote - " opens a string\nTea - leaves\nMate - herb\n',
    ],
)
def test_a_divider_between_topics_and_questions_or_beside_a_quotation_mark_makes_no_cards(tmp_path: Path, text: str) -> None:
    (tmp_path / "lines.txt").write_text(text)
    try:
        found = import_files([tmp_path / "lines.txt"]).questions
    except InputError:
        return
    assert not any(one.reference for one in found)


def test_a_cell_that_is_never_closed_is_refused_and_joins_no_rows(tmp_path: Path) -> None:
    (tmp_path / "cards.csv").write_text('question,answer\nWhat is A?,"open one\nWhat is B?,fine\nWhat is C?,close" it\n')
    with pytest.raises(InputError):
        import_files([tmp_path / "cards.csv"])


def test_a_number_far_behind_the_last_is_a_part_of_the_answer(tmp_path: Path) -> None:
    text = "1- What do codes say?\n\nSome are:\n\n404 Not Found: it is gone.\n\n2- What is tea?\n\nLeaves.\n"
    found = read(tmp_path, text)
    assert [question for question, _ in found] == ["What do codes say?", "What is tea?"]
    assert found[0][1].endswith("404 Not Found: it is gone.")


@pytest.mark.parametrize("divider", ["---", " - ", " – ", " = ", " : ", ";", ": "])
def test_what_stands_once_in_every_line_divides_cards(tmp_path: Path, divider: str) -> None:
    cards = [("Green tea", "leaves that are dried at once"), ("Milk", "a white drink"), ("Pot", "where water boils")]
    assert read(tmp_path, "\n".join(map(divider.join, cards)), "tea.txt") == cards


def test_numbers_and_labels_are_no_terms_of_cards(tmp_path: Path) -> None:
    text = "Q1: What is tea?\nA1: Leaves.\nQ2: What is milk?\nA2: A drink.\n"
    assert read(tmp_path, text, "tea.txt") == [("What is tea?", "Leaves."), ("What is milk?", "A drink.")]


def test_backslashes_that_break_lines_are_no_text(tmp_path: Path) -> None:
    text = (
        "**What is tea?**\n\n  Leaves. \\\n  Water.\\ \n  A pot.\\\n\n**Where is it?**\\\n\n\tIn the pot.\\\n\tIn C:\\tea\\\n\n"
    )
    assert read(tmp_path, text) == [("What is tea?", "Leaves.\nWater.\nA pot."), ("Where is it?", "In the pot.\nIn C:\\tea\\")]


def test_the_language_and_breaks_of_code_are_no_code(tmp_path: Path) -> None:
    text = "## What is a sum?\n\nFor example ```java int x = 1 + 1; ``` or ```python sum.py```.\n\n```\nint x;</br>\n```\n"
    assert read(tmp_path, text)[0][1] == "For example int x = 1 + 1; or python sum.py.\n\n    int x;"


def test_lines_that_name_levels_end_the_answer_above(tmp_path: Path) -> None:
    text = (
        "Nivel básico\n\n1. ¿Qué es el té?\n\nHojas.\n\nNivel avanzado\n\nPara expertos.\n\n2. ¿Qué es leche?\n\nUna bebida.\n"
    )
    found = imported(tmp_path, text).questions
    assert [(one.reference, one.level) for one in found] == [("Hojas.", "basic"), ("Una bebida.", "advanced")]


def test_tags_behind_cards_without_names_are_their_topics_and_levels(tmp_path: Path) -> None:
    tags = ("drinks::tea::hard", "drinks::tea::hard", "drinks::milk::easy", "drinks::milk::easy")
    text = "".join(f"What is number {n}?\tIt is {n * 'very '}good.\t{tag}\n" for n, tag in enumerate(tags, 1))
    found = imported(tmp_path, text, "cards.txt").questions
    assert [(one.topic, one.level) for one in found] == [("tea", "advanced")] * 2 + [("milk", "basic")] * 2


def test_what_a_column_without_a_name_holds_is_noted_once(tmp_path: Path) -> None:
    text = "".join(f"What is number {n}?\tIt is {n * 'very '}good.\tread by the cook\n" for n in range(1, 5))
    found = imported(tmp_path, text, "cards.txt")
    assert [str(note) for note in found.notes] == [
        "line 1: left out, since no name says what its column holds: read by the cook"
    ]


def test_paragraphs_that_ask_below_headings_that_do_not_are_questions(tmp_path: Path) -> None:
    titles = "".join(f"## {title}\n\nMuch.\n\n" for title in ("What is a drink?", "Pots", "Cups", "Spoons"))
    cards = [(f"What is {drink}?", f"{drink.title()} is drunk in all parts of the world.") for drink in ("tea", "milk", "chai")]
    found = read(tmp_path, f"# Drinks\n\n{titles}" + "".join(f"{asked}\n\n{said}\n\n" for asked, said in cards))
    assert found == [("What is a drink?", "Much."), *cards]


@pytest.mark.parametrize("label", ["Ans.", "**Ans.**", "**Ans**.", "Ans:-", "Ans.:"])
def test_the_label_of_an_answer_may_end_in_a_dot_or_a_dash(tmp_path: Path, label: str) -> None:
    asking = [TEA, ("What is ice?", "Frozen water.")]
    bold = "".join(f"{at}. **{asked}**  \n   {label} {said}\n\n" for at, (asked, said) in enumerate(asking, 1))
    assert read(tmp_path, bold) == asking
    sections = imported(tmp_path, "## Hot\n" + bold.replace("2. ", "## Cold\n2. ")).questions
    assert [(one.topic, one.reference) for one in sections] == [("hot", asking[0][1]), ("cold", asking[1][1])]
    headed = "".join(f"## {asked}\n\n{label} {said}\n\n" for asked, said in asking)
    assert read(tmp_path, headed) == asking


def test_text_behind_a_closing_quotation_mark_belongs_to_its_cell(tmp_path: Path) -> None:
    rows = [
        "Question,Answer",
        'What is tea?,"Leaves, steeped."In water',
        "What is ice?,Frozen water",
        "What is a nut?,A fruit",
    ]
    assert read(tmp_path, "\n".join(rows), "a.csv") == [
        ("What is tea?", "Leaves, steeped.In water"),
        ("What is ice?", "Frozen water"),
        ("What is a nut?", "A fruit"),
    ]


def test_numbers_that_all_wordings_begin_with_are_none_of_their_words(tmp_path: Path) -> None:
    rows = [{"question": f"{at}. {asked}", "answer": said} for at, (asked, said) in enumerate(BOTH, 1)]
    assert read(tmp_path, json.dumps(rows), "a.json") == BOTH
    table = "question,answer\n" + "".join(f"{row['question']},{row['answer']}\n" for row in rows)
    assert read(tmp_path, table, "a.csv") == BOTH
    rows[1]["question"] = "3. " + RICE[0]
    assert read(tmp_path, json.dumps(rows), "a.json")[1][0] == "3. " + RICE[0]


def test_a_cut_tag_at_the_end_of_a_cell_is_no_text(tmp_path: Path) -> None:
    cards = "".join(f"<p>{asked}</p|<blockquote><p>{said}</p></blockquote\n" for asked, said in BOTH)
    assert read(tmp_path, cards, "a.txt") == BOTH


def test_a_single_question_a_level_above_the_others_is_no_section(tmp_path: Path) -> None:
    asked = [(f"What is tea {at}?", f"Leaves of kind {at}.") for at in range(5)]
    text = "".join(f"{'##' if at == 2 else '###'} {one}\n\n**Ans:**\n{said}\n\n" for at, (one, said) in enumerate(asked))
    assert read(tmp_path, f"# Tea\n\n{text}") == asked
