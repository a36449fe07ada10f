"""Key points derived from reference answers as people write them: lists, tables, essays, HTML, other scripts."""

import os
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.bank.importers.markdown import plain_text
from interviewer.bank.points import MOST_POINTS, derived_key_points
from interviewer.text.words import words
from tests.conftest import takes_linear_time


def points(reference: str) -> list[str]:
    return [point.text for point in derived_key_points(reference)]


def weights(reference: str) -> list[int]:
    return [point.weight for point in derived_key_points(reference)]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param("Bees store honey.", ["Bees store honey."], id="one sentence"),
        pytest.param(
            "A cache keeps results, e.g. Web pages. It saves approx. 2 hours. Dr. Who likes it!",
            ["A cache keeps results, e.g. Web pages.", "It saves approx. 2 hours.", "Dr. Who likes it!"],
            id="abbreviations",
        ),
        pytest.param(
            'It cuts "A is fun!" into words, and that is all. Words are numbered.',
            ['It cuts "A is fun!" into words, and that is all.', "Words are numbered."],
            id="a stop inside of a sentence",
        ),
        pytest.param(
            "Noise is learned.\n\nWays to prevent it:\n\n- dropout\n- **L2:** adds a penalty\n- early stopping",
            [
                "Noise is learned.",
                "Ways to prevent it: dropout",
                "Ways to prevent it: L2: adds a penalty",
                "Ways to prevent it: early stopping",
            ],
            id="a lead-in joins its items",
        ),
        pytest.param(
            "Ways to prevent it:\n\ndropout\nearly stopping\n\nEach one makes the model simpler.",
            ["Ways to prevent it: dropout", "Ways to prevent it: early stopping", "Each one makes the model simpler."],
            id="a list as an import writes it",
        ),
        pytest.param(
            "A layer has these parts:\n\nmulti-head attention over all tokens;\nresiduals;\nnormalization (before or after).",
            [
                "A layer has these parts: multi-head attention over all tokens;",
                "A layer has these parts: residuals;",
                "A layer has these parts: normalization (before or after).",
            ],
            id="items that end in semicolons",
        ),
        pytest.param(
            "- внимание (сразу) ко всем токенам;\n- f(x) of the input;",
            ["внимание (сразу) ко всем токенам;", "f(x) of the input;"],
            id="items with signs that end in semicolons",
        ),
        pytest.param(
            "**Bagging**\n- trains in parallel\n\n**Boosting**\n- trains in turn",
            ["Bagging: trains in parallel", "Boosting: trains in turn"],
            id="a label without a colon",
        ),
        pytest.param(
            "• Trains need coal\n\n- to run\n- to whistle",
            ["Trains need coal: to run", "Trains need coal: to whistle"],
            id="a lead-in behind a bullet",
        ),
        pytest.param(
            "Engine:\n  It pulls the train\nWaggon:\n  It carries the coal",
            ["Engine: It pulls the train", "Waggon: It carries the coal"],
            id="each lead-in has its own items, as an import writes them",
        ),
        pytest.param(
            "- **Solutions:**\n  - more data\n  - dropout\n- A last remark is here.",
            ["Solutions: more data", "Solutions: dropout", "A last remark is here."],
            id="a list in a list",
        ),
        pytest.param(
            "1. Dropout\n\n   It switches off units.\n\n2. Pruning\n\n   It cuts branches.",
            ["Dropout: It switches off units.", "Pruning: It cuts branches."],
            id="items with a paragraph of their own",
        ),
        pytest.param("Variants include:", ["Variants include"], id="nothing but a lead-in"),
        pytest.param("Trees are cut.\n\nVariants include:\n\n![](v.png)", ["Trees are cut."], id="a lead-in to an image"),
        pytest.param(
            "Variants:\n\n| Name | Batch | Speed |\n|---|---|---|\n| SGD | one | fast |\n| Mini | some | medium |",
            ["Variants: SGD: Batch one; Speed fast", "Variants: Mini: Batch some; Speed medium"],
            id="a table",
        ),
        pytest.param(
            "The update is:\n\n```\nw = w - lr * g\n```\n\nHere `lr` is a rate.",
            ["The update is: w = w - lr * g", "Here lr is a rate."],
            id="code after a lead-in",
        ),
        pytest.param("```sql\nSELECT a\nFROM b;\n```", ["SELECT a\nFROM b;"], id="nothing but code"),
        pytest.param("Call `a*b*c` or `__init__`, not `<pad>`.", ["Call a*b*c or __init__, not <pad>."], id="code in a line"),
        pytest.param(
            "## Answer\n\nIn this article we explain it. Networks resemble the brain in two aspects:\n\n"
            "1. Knowledge comes from learning.\n2. Weights store what is known.",
            ["Knowledge comes from learning.", "Weights store what is known."],
            id="framing",
        ),
        pytest.param("Trees are boosted. Why? Each mends errors.", ["Trees are boosted.", "Each mends errors."], id="why"),
        pytest.param("Models vote.\n\nExample: AdaBoost", ["Models vote."], id="an example that is a name"),
        pytest.param(
            "A false positive is predicted positive but actually negative. A false negative is predicted negative but actually "
            "positive. In short, a false positive is predicted positive, but actually negative.",
            [
                "A false positive is predicted positive but actually negative.",
                "A false negative is predicted negative but actually positive.",
            ],
            id="a repetition, and not what only looks like one",
        ),
        pytest.param(
            '<img src="a.svg" alt="x" width="720">\n\n![c](https://e.org/c%20d.png)\n\n<p align="left">Noise is <b>learned</b>.'
            "</p>\n\n[Source: an article](https://e.org/a)\n\n**[⬆ Back to Top](#toc)**",
            ["Noise is learned."],
            id="images, links and HTML",
        ),
        pytest.param(
            "Overfitting means that a model learns the noise of the\nTraining set it saw, so that it does badly on\nnew data.",
            ["Overfitting means that a model learns the noise of the Training set it saw, so that it does badly on new data."],
            id="wrapped lines",
        ),
        pytest.param(
            "Uses an append-only log for all writes of data\nKeeps a sorted table of the keys in memory\nMerges files later on",
            [
                "Uses an append-only log for all writes of data",
                "Keeps a sorted table of the keys in memory",
                "Merges files later on",
            ],
            id="items of a list as an import writes them, of nearly the same length",
        ),
        pytest.param(
            "🔹 Trains need coal to run\n✅ They whistle in every tunnel\n\n### 🔥 Rule:\n\nBrake early.",
            ["Trains need coal to run", "They whistle in every tunnel", "Brake early."],
            id="signs before statements",
        ),
        pytest.param(
            "过拟合是指模型学习了噪声。它在新数据上表现不好！防止的方法：\n- 正则化\n- 早停",
            ["过拟合是指模型学习了噪声。", "它在新数据上表现不好！", "防止的方法: 正则化", "防止的方法: 早停"],
            id="Chinese",
        ),
        pytest.param(
            "Модель запоминает шум, т. е. случайные отклонения. Она плохо обобщает.\n\nСпособы борьбы:\n\n1. Отбор\n2. Штраф",
            [
                "Модель запоминает шум, т. е. случайные отклонения.",
                "Она плохо обобщает.",
                "Способы борьбы: Отбор",
                "Способы борьбы: Штраф",
            ],
            id="Russian",
        ),
        pytest.param(
            "Das Modell lernt das Rauschen, z. B. Messfehler. Es verallgemeinert schlecht.",
            ["Das Modell lernt das Rauschen, z. B. Messfehler.", "Es verallgemeinert schlecht."],
            id="German",
        ),
        pytest.param("Yes.", ["Yes."], id="a word that says little"),
        pytest.param("![only](an-image.png)", [], id="nothing"),
    ],
)
def test_points_follow_the_structure_of_the_reference(reference: str, expected: list[str]) -> None:
    assert points(reference) == expected


def test_the_opening_weighs_most_and_examples_and_the_end_of_a_list_least() -> None:
    listed = "\n".join(f"- remedy {name}" for name in ("anna", "berta", "carla", "doris", "erika", "frida"))
    assert weights(f"Noise is learned.\n\nFor example, a tree learns names.\n\nRemedies:\n{listed}") == [3, 1, 2, 2, 2, 2, 1, 1]
    assert weights("- more data\n- dropout") == [2, 2]  # no item of a list is the opening


def test_the_points_are_the_same_whatever_python_hashes_with() -> None:
    """Else the identity of a grade would differ from one start to the next."""
    code = """
from interviewer.bank.points import derived_key_points
names = iter(
    "gradient kernel margin vector cluster centroid entropy pruning leaf bagging booster forest residual shrinkage learner "
    "tensor pooling stride padding dropout momentum warmup cosine softmax logit beam token mask prompt reward policy critic "
    "actor noise latent decoder encoder prior posterior sampler".split()
)
groups = [[next(names) for _ in range(24 // spread)] for spread in (4, 3, 6, 8, 12)]
rows = [[group[number % len(group)] for group in groups] for number in range(24)]
text = " ".join(f"The {' '.join(row[:3])} shapes its {' '.join(row[3:])} strongly." for row in rows)
print([point.text for point in derived_key_points(text)])
"""
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(printed) == 1


def test_a_long_essay_gives_its_central_sentences_in_order() -> None:
    central = [f"The gradient of layer {n} vanishes when its weights shrink the gradient." for n in ("alpha", "beta", "gamma")]
    asides = [f"Ada{n} saw bird{n} near river{n} under cloud{n} at dusk{n}." for n in range(10)]
    found = points(" ".join(["A network learns backwards.", *asides[:5], *central, *asides[5:]]))
    assert len(found) == MOST_POINTS
    assert found[0] == "A network learns backwards."
    assert [text for text in found if "gradient" in text] == central


LINES = r"""
Ways to prevent it:
- dropout
  - L2
1. prune
**Solutions:**
- **Why:**
## Answer
Example: AdaBoost
> quoted
---
<img src="a.png" alt="b">
![a](b.png)
[![b](https://s.io/b)](https://c)
[a link](https://e.org)
<details><summary>x</summary>
</details>
<p align="center">centred</p>
<br>
```
    code = 1
| a | b |
|---|---|
| 1 | 2 |
`x: y`
a: b: c:
方法：
это так:
<!-- no -->
See https://e.org/x
5 < 6
<pad>
&amp;
[1]: http://e.org
Why?
为什么？它很好。
"""
MARKDOWN = st.lists(
    st.sampled_from(LINES.split("\n")) | st.text("ab .:!?*_`<>[]()#-|\n。：，中文жшü0159\t•", max_size=40), max_size=25
).map("\n".join)


@given(MARKDOWN)
def test_every_point_stands_on_its_own_and_says_what_the_reference_says(reference: str) -> None:
    found = derived_key_points(reference)
    said = set(words(plain_text(reference))) | set(words(reference))
    assert len(found) <= MOST_POINTS
    assert len({point.id for point in found}) == len(found)
    for point in found:
        assert words(point.text) or not words(reference), point
        assert not point.text.rstrip().endswith((":", "：")), point
        assert set(words(point.text)) <= said, point


@given(st.lists(st.sampled_from([line for line in LINES.split("\n") if "`" not in line and "code" not in line])).map("\n".join))
def test_no_point_holds_markup(reference: str) -> None:
    assert not [text for text in points(reference) if re.search(r"<[a-oq-z/]\w*[ >]|\]\(|https?:|\*\*|^[-#>] ", text)]


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a. ",
        "- a: b\n",
        "• ",
        ": ",
        "![",
        "<b",
        "A fact is told here. ",
        "**a**\n- b\n",
        "中。",
        "Way:\n",
        "two ways - ",
        "http://",
        "1. x\n\n   y\n\n",
        "| a ",
        "bulb B. ",
        "<script>",
        "1) it ",
        "x: a; b; ",
        "(a. ",
        "|a|b|\n",
    ],
)
def test_long_references_take_linear_time(piece: str) -> None:
    assert takes_linear_time(lambda size: derived_key_points.__wrapped__(piece * (size // len(piece))), 20_000)


@pytest.mark.parametrize(
    "code",
    [
        "// injected\n@Service\npublic class Tea {\n    private Leaf leaf;\n}",
        "import tea from 'tea';\n\nconst cup = tea.brew(leaf => {\n  leaf.dry();\n});",
    ],
)
def test_code_stays_whole_or_is_left_out(code: str) -> None:
    assert points(code) == [code]
    assert points(f"{code}\n\nThe leaf is handed over by the caller.") == ["The leaf is handed over by the caller."]


def test_names_formulas_and_rows_stay_as_they_are() -> None:
    assert points("In Python __init__ sets the fields.") == ["In Python __init__ sets the fields."]
    assert points("The mean error:\n\n$$\n\\frac{1}{n}\n\\sum e\n$$") == ["The mean error: $$ \\frac{1}{n} \\sum e $$"]
    rows = (
        "The following table says what each part of a cup is good for:\n\nHandle: It keeps the hand cool\nRim: It is for lips"
    )
    assert points(rows) == ["Handle: It keeps the hand cool", "Rim: It is for lips"]
    rows = "The following table lists the parts of a cup\n\nHandle: It keeps\nhands cool (5, 7);\nRim: lips"
    assert not any("table" in point for point in points(rows))
    assert points("A tilde\n💡 It stands for the home folder.")[-1].endswith("It stands for the home folder.")
    assert "💡" not in "".join(points("A tilde\n💡 It stands for the home folder."))


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("In Fig. 3 it drops. Prof. Ng saw it fall.", ["In Fig. 3 it drops.", "Prof. Ng saw it fall."]),
        ("Der 1. Schritt ist Messen. Am 3. Mai kam es.", ["Der 1. Schritt ist Messen.", "Am 3. Mai kam es."]),
        ("El Sr. Paz lo dijo, p. ej. Ayer. Voy ya.", ["El Sr. Paz lo dijo, p. ej. Ayer.", "Voy ya."]),
        (
            "Cut units (it is simple. It helps.) in training. Then stop.",
            ["Cut units (it is simple. It helps.) in training.", "Then stop."],
        ),
        ("It meets bulb B. Bulb C does not.", ["It meets bulb B.", "Bulb C does not."]),
        ("Open the tab. Read vol. 2 of it.", ["Open the tab.", "Read vol. 2 of it."]),
        ("The answer is no. Dropout only trains.", ["The answer is no.", "Dropout only trains."]),
        ("J. Smith uses trees, hedges, etc. Boosting wins.", ["J. Smith uses trees, hedges, etc.", "Boosting wins."]),
        (
            "First, collect data. Second, train. Yes. Stop early.",
            ["First, collect data.", "Second, train. Yes.", "Stop early."],
        ),
        ("用正则化。早停。加数据。", ["用正则化。", "早停。", "加数据。"]),
        ("Is it used at test time? No.", ["Is it used at test time? No."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(reference: str, expected: list[str]) -> None:
    assert points(reference) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Remedies: 1) use dropout 2) stop early", ["Remedies: use dropout", "Remedies: stop early"]),
        (
            "The steps are: 1. Get data. 2. Train. It works well.",
            ["The steps are: Get data.", "The steps are: Train.", "It works well."],
        ),
        ("Kinds: (a) labels are given, and (b) none are.", ["Kinds: labels are given", "Kinds: none are."]),
        ("防止的方法：（1）正则化；（2）提前停止。", ["防止的方法: 正则化", "防止的方法: 提前停止。"]),
        ("방법은 많다. 해결책: 1) 정규화 2) 조기 종료", ["방법은 많다.", "해결책: 정규화", "해결책: 조기 종료"]),
        (
            "Learning is: by labels; by structure; and by reward.",
            ["Learning is: by labels", "Learning is: by structure", "Learning is: by reward."],
        ),
        ("As in (1) and (2), the loss falls.", ["As in (1) and (2), the loss falls."]),
        ("- step one\n- step two\n- step three", ["step one", "step two", "step three"]),
    ],
)
def test_items_of_a_sentence_are_points(reference: str, expected: list[str]) -> None:
    assert points(reference) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("<script>a(1)</script><style>p{}</style><p>Units are zeroed.</p>", ["Units are zeroed."]),
        ("An attack puts <script>a(1)</script> into a page.", ["An attack puts <script>a(1)</script> into a page."]),
        ('<iframe src="https://example.org/a" width=9></iframe>\n\nA projection.', ["A projection."]),
        ('<p><video controls>\n<source src="a.mp4">\n\nNo video here.\n\n</video></p>\n\nA projection.', ["A projection."]),
        ('A projection.\n\n<svg width="9">\n<text x="1">Loss</text>\n</svg>\n\n<input type="text">', ["A projection."]),
        ('<button onclick="x()">Copy code</button>', ['<button onclick="x()">Copy code</button>']),
        ("<video> plays films, <iframe> shows pages.", ["<video> plays films, <iframe> shows pages."]),
        ("A projection.\n\nWritten by @ada · Share on Twitter", ["A projection."]),
        ("It is quadratic[^1].\n\n[^1]: Miller 2017", ["It is quadratic."]),
        ("- [x] Use dropout\n- [ ] Use data", ["Use dropout", "Use data"]),
        ("\\begin{itemize}\\item Use dropout \\item Use data\\end{itemize}", ["Use dropout", "Use data"]),
        ("| Bagging | parallel |\n| Boosting | serial |", ["Bagging: parallel", "Boosting: serial"]),
        ("Model\tSize\tUse\nBERT\t1M\ttags\nGPT\t2M\ttext", ["BERT: Size 1M; Use tags", "GPT: Size 2M; Use text"]),
        (
            "<table><tr><td>Bagging</td><td>parallel</td></tr><tr><td>Boosting</td><td>serial</td></tr></table>",
            ["Bagging: parallel", "Boosting: serial"],
        ),
        (
            "<dl><dt>Recall</dt><dd>share found</dd><dt>Loss</dt><dd>mean error</dd></dl>",
            ["Recall: share found", "Loss: mean error"],
        ),
        ("Recall\n: share found\nLoss\n: mean error", ["Recall: share found", "Loss: mean error"]),
        (
            "### Bagging\nTrains at once.\n### Boosting\nTrains in turn.",
            ["Bagging: Trains at once.", "Boosting: Trains in turn."],
        ),
        ("Use a map to count:\n\n```\na = 1\nb = 2\n```\n\nIt is fast.", ["Use a map to count", "It is fast."]),
        ("Boosting\nlearns from errors.", ["Boosting learns from errors."]),
        (
            "Trees vote for a class.\n\nBoosting\nlearns from errors.",
            ["Trees vote for a class.", "Boosting learns from errors."],
        ),
        ("The advantages are as follows.\n\n- fast\n- simple", ["The advantages: fast", "The advantages: simple"]),
    ],
)
def test_markup_of_other_kinds_keeps_its_structure(reference: str, expected: list[str]) -> None:
    assert points(reference) == expected


@pytest.mark.parametrize(
    "frame",
    [
        "I hope that helps!",
        "Thanks for reading.",
        "Great question.",
        "To answer this question, we define it.",
        "See [it](http://a.b).",
    ],
)
def test_framing_is_no_point(frame: str) -> None:
    assert points(f"{frame} Trees are cut. {frame}") == ["Trees are cut."]
    assert points("Sure! Here's the answer: Trees are cut.") == ["Trees are cut."]


def test_a_sign_before_a_number_is_no_bullet() -> None:
    assert points("- -1 is returned on failure\n- ≤5 retries are made") == ["-1 is returned on failure", "≤5 retries are made"]
