"""A page to listen to the recordings that are suggested, and to label them.

One file, which loads nothing but the recordings. Without scripts it plays them; the script that is
in it makes the table with the classes that are chosen.
"""

import csv
import html
import io
import json
from collections.abc import Sequence
from string import Template

import pandas as pd

from cada_tf.text import printable

PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Recordings to label next: $model</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 1rem;
  color: #1a1a1a; background: #fff; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
ol { list-style: none; padding: 0; }
li { border: 1px solid #767676; border-radius: .4rem; padding: .75rem; margin: 0 0 1rem;
  break-inside: avoid; }
audio { width: 100%; }
p { margin: .4rem 0; overflow-wrap: anywhere; }
fieldset { border: 0; margin: .5rem 0 0; padding: 0; }
legend { font-weight: 600; padding: 0; }
label { display: inline-block; padding: .25rem .75rem .25rem 0; }
button { font: inherit; padding: .5rem 1rem; }
:focus-visible { outline: 3px solid #0b57d0; outline-offset: 2px; }
@media print { audio, .screen { display: none; } body { padding: 0; } }
</style>
</head>
<body>
<main>
<h1>Recordings to label next</h1>
<p>Listen first, then choose: what the model thinks is stated below each choice, and it is often
wrong. Leave out what you are not sure of.</p>
<p class="screen">Fill in the column <code>$label</code> of <code>$model-suggested.csv</code>, or
choose here and download <code>$model-labelled.csv</code> into the folder of this page, since the
paths in it start there. Then give it to <code>cada-adapt</code> as one more
<code>--target</code>.</p>
<form id="form">
<ol>
$items</ol>
<p class="screen" id="end" hidden><button type="submit">Download $model-labelled.csv</button>
<span id="count" role="status"></span></p>
</form>
</main>
<script type="application/json" id="rows">$rows</script>
<script>
const [header, ...rows] = JSON.parse(document.getElementById("rows").textContent);
const form = document.getElementById("form"), column = header.indexOf("$label");
let kept = true;
const chosen = place => form.elements["c" + place].value;
const cell = text => /[",\\r\\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
const count = () => {
  const done = rows.filter((_, place) => chosen(place)).length;
  document.getElementById("count").textContent = done + " of " + rows.length + " chosen";
};
form.addEventListener("change", () => { kept = false; count(); });
form.addEventListener("submit", event => {
  event.preventDefault();
  rows.forEach((row, place) => { row[column] = chosen(place); });
  const text = [header, ...rows].map(row => row.map(cell).join(",") + "\\n").join("");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = $download;
  link.click();
  kept = true;
});
addEventListener("beforeunload", event => { if (!kept) event.preventDefault(); });
document.getElementById("end").hidden = false;
count();
</script>
</body>
</html>
""")

ITEM = Template("""\
<li>
<h2>$place: $name</h2>
$audio
<fieldset>
<legend>What is it?</legend>
$choices
</fieldset>
<p>Speaker: $speaker. The model thinks: $predicted, with a confidence of $confidence.</p>
<p>Why this one: $reason.</p>
</li>
""")


def render(
    table: pd.DataFrame,
    text: str,
    sources: Sequence[str | None],
    label: str,
    choices: Sequence[str],
    model: str,
) -> str:
    """The page, HTML.

    Args:
        table: of the suggestions.
        text: the same as CSV.
        sources: address of each one's recording; None where there is no file.
        label: the column of the table to fill in.
        choices: what may be filled in.
        model: name of the model.
    """
    items = [
        item(place, row, source, choices)
        for place, (row, source) in enumerate(zip(table.to_dict("records"), sources, strict=True))
    ]
    return PAGE.substitute(
        model=shown(model),
        label=label,
        items="".join(items),
        rows=in_script(list(csv.reader(io.StringIO(text)))),
        download=in_script(f"{model}-labelled.csv"),
    )


def item(place: int, row: dict[str, object], source: str | None, choices: Sequence[str]) -> str:
    """One recording."""
    name = shown(row["file"]) + segment(row)
    audio = "<p>There is no recording at this name to listen to.</p>"
    if source is not None:
        address = html.escape(source)
        audio = (
            f'<audio controls preload="none" src="{address}" aria-label="{name}"></audio>\n'
            f'<p class="screen"><a href="{address}">Open the recording</a></p>'
        )
    buttons = [("", "not sure", " checked"), *((choice, choice, "") for choice in choices)]
    return ITEM.substitute(
        place=shown(row["rank"]),
        name=name,
        audio=audio,
        choices="\n".join(
            f'<label><input type="radio" name="c{place}" value="{html.escape(value)}"{checked}> '
            f"{shown(words)}</label>"
            for value, words, checked in buttons
        ),
        **{key: shown(row[key]) for key in ("speaker", "predicted", "confidence", "reason")},
    )


def segment(row: dict[str, object]) -> str:
    """The times of a segment, in words; nothing of a whole recording."""
    if "start" not in row or pd.isna(row["start"]):
        return ""
    end = "its end" if pd.isna(row["end"]) else f"{row['end']:g} s"
    return f", from {row['start']:g} s to {end}"


def shown(text: object) -> str:
    """Text from outside, for HTML."""
    return html.escape(printable(str(text)))


def in_script(value: object) -> str:
    """A value as JSON that cannot end the script that it is in."""
    return json.dumps(value).replace("<", r"\u003c")
