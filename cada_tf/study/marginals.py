"""What the values of an option are worth to a method, over its random settings and all pairs."""

import numpy as np
import pandas as pd

from cada_tf.methods import METHODS, Target
from cada_tf.study.results import StudyResults
from cada_tf.study.space import draw_settings, searched


def marginals(results: StudyResults, method: str) -> pd.DataFrame:
    """The mean lead of the settings that have a value over all random settings of the method.

    Other options differ as well, at random. All pairs count, the one that a setting is chosen for
    too: this describes, and chooses nothing.

    Args:
        results: of a study.
        method: whose options.

    Returns:
        One row per option and value: option, value, settings (how many have it), lead (mean over
        pairs, UA in [0, 1]), and error, its standard error over pairs. Empty if the study has no
        random settings.
    """
    study, rows = results.study, []
    settings = draw_settings(method, study)[1:]
    if not settings:
        return pd.DataFrame(columns=["option", "value", "settings", "lead", "error"])
    scores = pd.DataFrame({pair: found[method] for pair, found in results.scores.items()})
    random = scores.drop(index=0)  # the default is no random one
    ahead = random - random.mean()
    for name, values in searched(method, study.space).items():
        for value in dict.fromkeys(values):
            having = [k + 1 for k, setting in enumerate(settings) if setting[name] == value]
            if having:
                by_pair = ahead.loc[having].mean().to_numpy()
                error = by_pair.std(ddof=1) / np.sqrt(len(by_pair))
                row = {"option": name, "value": str(value), "settings": len(having)}
                rows.append(row | {"lead": by_pair.mean(), "error": error})
    return pd.DataFrame(rows)


def shared_marginals(results: StudyResults) -> pd.DataFrame:
    """What the values of options are worth that several methods have, in the mean over these.

    A default is one for all methods, so that this is what it may be chosen by.

    Args:
        results: of a study.

    Returns:
        One row per option of at least two methods and value: option, value, methods (how many have
        a setting with it), lead (mean over them) and error, its standard error over methods. UA in
        [0, 1].
    """
    known = [name for name in results.methods if METHODS[name].target is not Target.ALL]
    whole = pd.concat([marginals(results, name).assign(method=name) for name in known])
    found = whole.groupby(["option", "value"], sort=False)["lead"].agg(["size", "mean", "sem"])
    found.columns = ["methods", "lead", "error"]
    several = found.groupby("option")["methods"].transform("max") > 1
    return found[several].reset_index()
