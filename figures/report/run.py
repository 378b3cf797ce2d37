"""The page of a run."""

from __future__ import annotations

import inspect
import shlex
from typing import TYPE_CHECKING

from cada_tf.methods import METHODS
from cada_tf.text import shown
from figures.labels import count, display
from figures.report import corpora, findings, pictures, settings
from figures.report.page import Code, Folded, Items, Page, Section, Table

if TYPE_CHECKING:
    from figures.report.page import Block
    from figures.report.results import Run

NO_RECORD = "The folder has no run.json, so that the settings of the run are not known."


def make_page(run: Run, output: str) -> Page:
    """The page of a run.

    Args:
        run: with its results.
        output: name of the page's file, for the command that makes it.
    """
    sections = [
        findings.results(run),
        findings.leads(run),
        pictures_of(run),
        systems(run),
        corpora.describe(run),
        settings_of(run),
        made_with(run, output),
    ]
    title = f"{run.source} → {run.target}: {count(len(run.methods), 'system')}"
    return Page(title, findings.finding(run), run.notes, sections)


def pictures_of(run: Run) -> Section:
    """All pictures that the run has what is needed for, and why others are not there."""
    drawn, lacking = pictures.draw_all(run)
    blocks: list[Block] = [*drawn]
    if lacking:
        blocks.append("Not drawn, with the reason:")
        blocks.append(Items([f"{title}. {reason}" for title, reason in lacking]))
    return Section("Pictures", blocks)


def systems(run: Run) -> Section:
    """What each system is."""
    rows = [[display(name), shown(name), what_it_is(name)] for name in run.methods]
    heads = ["System", "Its name in flags and files", "What it is"]
    return Section("Systems", [Table("The systems that are compared", heads, rows)])


def what_it_is(name: str) -> str:
    """The first lines of the documentation of a method's module and of itself."""
    if name not in METHODS:
        return "A method outside of the package, whose module is not loaded."
    method = type(METHODS[name])
    module = (inspect.getmodule(method).__doc__ or "").strip().partition("\n\n")[0]
    names, colon, what = " ".join(module.split()).partition(": ")
    what = what if colon and name in names else module
    own = (method.__doc__ or "").partition("\n")[0]
    return f"{what[:1].upper()}{what[1:]} {own}".strip()


def settings_of(run: Run) -> Section:
    """The settings that differ from the defaults, and all."""
    if run.record is None:
        return Section("Settings", [NO_RECORD])
    found = settings.settings_of(run.record, run.methods)
    changed = [setting.row for setting in found if setting.changed]
    everything = [setting.row for setting in found]
    heads = ["Setting", "In this run", "Default"]
    blocks: list[Block] = ["All settings that matter to these systems are the defaults."]
    if changed:
        blocks = [Table("Settings that differ from the defaults", heads, changed)]
    caption = f"All {len(everything)} settings"
    return Section("Settings", [*blocks, Folded(caption, [Table(caption, heads, everything)])])


def made_with(run: Run, output: str) -> Section:
    """Versions, seed, and the commands that make the run and this page again."""
    report = ["python -m figures.report", f"--results={shlex.quote(run.folder.resolve().name)}"]
    report += [f"--compare={shlex.quote(run.method)}"] * (run.method != "cada")
    page = Code("The command of this page", " ".join([*report, f"--output={shlex.quote(output)}"]))
    if run.record is None:
        return Section("How to make it again", [NO_RECORD, "This page:", page])
    versions = [[shown(name), shown(version)] for name, version in run.record.versions.items()]
    sources = [[shown(name), shown(digest)] for name, digest in run.record.method_sources.items()]
    trials, folds = run.grid
    blocks: list[Block] = [
        f"{count(trials, 'trial')} of {count(folds, 'fold')}, seed "
        f"{shown(run.record.settings.get('seed', 'not known'))}, from which all splits, examples "
        "and training are drawn.",
        "The run, where PATH and FILE stand for what it does not record. A corpus other than its "
        "own, another setting or other code of a method is refused in its folder:",
        Code("The command of the run", settings.command(run)),
        "This page, where folders are left out:",
        page,
        Table("Versions", ["Library", "Version"], versions),
    ]
    if sources:
        used = [row for row in sources if row[0] in run.methods]
        caption = "Fingerprints of the methods' source code"
        blocks.append(Folded(caption, [Table(caption, ["Method", "Fingerprint"], used)]))
    return Section("How to make it again", blocks)
