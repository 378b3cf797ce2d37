"""What ``cada-predict`` reports of labelled recordings, as text and as JSON."""

import contextlib
import json
import logging
import math
import sys
from pathlib import Path

import tabulate

from cada_tf.recogniser.scoring import Result, Score
from cada_tf.storage import write_atomically
from cada_tf.text import shown

log = logging.getLogger("cada_tf")


def report_score(score: Score, path: str | None) -> None:
    """Prints the scores of labelled recordings to the standard error, and writes them as JSON."""
    if log.isEnabledFor(logging.INFO):
        with contextlib.suppress(OSError):
            print(render(score), file=sys.stderr, flush=True)
    if path is not None:
        text = json.dumps(score.as_dict(), indent=2, ensure_ascii=False)
        write_atomically(Path(path), f"{text}\n")
        log.info("report: %s", path)


def render(score: Score) -> str:
    """UA, recalls, confusion, and coverage against UA, in lines."""
    result = score.unseen
    if not result.n:
        return nothing_scored(score)
    return "\n\n".join([summary(score), confusion(result), coverage(result)])


def nothing_scored(score: Score) -> str:
    """Why there is no UA, in a sentence."""
    if not score.trained_on:
        return "No UA, as no recording has a label that is or means a class of the model."
    return (
        f"No UA, as the model was trained on all labelled recordings, {score.trained_on}; on these "
        f"it is {percent(score.all.ua)}, which says nothing about new recordings."
    )


def summary(score: Score) -> str:
    """UA and the recall of each class."""
    result = score.unseen
    lines = [f"UA {percent(result.ua)} on {counted(result)}"]
    if score.trained_on:
        lines[0] += f", without {score.trained_on} that the model was trained on"
        lines.append(
            f"UA {percent(score.all.ua)} with these, which says nothing about new recordings"
        )
    if score.not_known:
        lines.append(f"not known: whether the model was trained on {score.not_known} of them")
    recalls = zip(result.classes, result.recalls[result.chosen], strict=True)
    lines.append(
        "recall: " + ", ".join(f"{shown(name)} {percent(recall)}" for name, recall in recalls)
    )
    return "\n".join(lines)


def counted(result: Result) -> str:
    """How many recordings there are, and for how many a class was named."""
    named = f", of which {result.answered} were judged" if result.answered < result.n else ""
    return f"{result.n} labelled recordings{named}"


def confusion(result: Result) -> str:
    """True classes in rows, predicted ones in columns."""
    names = list(map(shown, result.classes))
    rows = [[name, *counts] for name, counts in zip(names, result.confusion.tolist(), strict=True)]
    return table(["true \\ predicted", *names, "none"], rows)


def coverage(result: Result) -> str:
    """How the UA of what is judged changes with the confidence that is asked for."""
    rows = [
        [f"{threshold:g}", percent(share), percent(ua)] for threshold, share, ua in result.coverage
    ]
    return table(["min_confidence", "judged", "UA"], rows)


def table(heads: list[str], rows: list[list[object]]) -> str:
    """Aligned columns, all but the first to the right."""
    align = ["left", *["right"] * (len(heads) - 1)]
    return tabulate.tabulate(rows, heads, "plain", colalign=align, disable_numparse=True)


def percent(share: float) -> str:
    """A share of 1 in %; a dash if there is none."""
    return "-" if math.isnan(share) else f"{100 * share:.1f} %"
