"""What `plan` prints: how much is covered, today's session, what falls due, and what a posting asks for."""

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from interviewer.bank.bank import Bank
from interviewer.practice.plan import MINUTES_A_QUESTION, Outlook, Plan, Readiness, describe_outlook
from interviewer.text.slug import in_words
from interviewer.text.words import plural
from interviewer.ui.screen import Screen, sentence
from interviewer.ui.views.styles import GOOD, HALF, QUIET

if TYPE_CHECKING:
    from interviewer.practice.posting import Posting

_BAR = 20


def show_outlook(screen: Screen, found: Outlook, bank: Bank) -> None:
    """Print where a plan stands."""
    out, chosen = screen.out, found.plan
    out.print(Text(f"{sentence(describe_outlook(found))}.", style="bold"))
    if found.a_day and found.a_day > found.today:
        short = f"{plural(found.today, 'question')} a day will not cover all, which takes about "
        out.print(Text(f"{short}{found.a_day * MINUTES_A_QUESTION} minutes a day. The basic ones come first.", style=HALF))
    table = Table.grid(padding=(0, 1))
    for topic in found.topics:
        counts = f"{topic.seen} of {topic.questions} seen, {topic.strong} strong"
        table.add_row(Text(in_words(topic.topic)), _bar(topic, plain=screen.plain), Text(counts))
    out.print(table)
    out.print(Text("Bar: strong, then seen, then unseen. An unconfirmed estimate is seen only.", style=QUIET))
    minutes = len(found.session) * MINUTES_A_QUESTION
    out.print(Text(f"\nToday's session takes about {minutes} minutes. {found.consists_of}", style="bold"))
    for name in found.session:
        out.print(Padding(Text(bank.find(name).question), (0, 0, 0, 2)))
    names = ("today", *(f"on {one.day:%a}" for one in found.ahead[1:]))
    ahead = [f"{one.questions} {name}" for name, one in zip(names, found.ahead, strict=True) if one.questions]
    out.print(Text(f"\nDue in the next {len(found.ahead)} days: {', '.join(ahead) or 'nothing'}"))
    screen.status("Start it: interviewer" if chosen != Plan() else "Make a plan: interviewer plan --date DAY --minutes-a-day N")


def _bar(topic: Readiness, *, plain: bool) -> Text:
    strong = round(_BAR * topic.strong / topic.questions)
    seen = round(_BAR * topic.seen / topic.questions) - strong
    full, half, empty = "#+." if plain else "█▒░"
    return Text.assemble((full * strong, GOOD), (half * seen, HALF), (empty * (_BAR - strong - seen), QUIET))


def show_posting(screen: Screen, posting: "Posting", bank: Bank) -> None:
    """Print what a posting asks for, in order, and what of it the bank lacks."""
    out = screen.out
    if not posting.wants:
        out.print(Text("No question of the bank is about what the posting asks for."))
    for want in posting.wants:
        out.print(Text(want.what, style="bold"))
        for name in want.questions:
            question = bank.find(name)
            out.print(Text(f"  #{question.number} {question.question}"))
    if posting.lacking:
        out.print(Text.assemble(("\nNamed in the posting, not in the bank: ", "bold"), ", ".join(posting.lacking)))
    out.print()
