"""The paper's own numbers, to use and to stand beside ours."""

SAMPLING_RATE = 16_000
"""Hz. The recordings of both of the paper's corpora have this rate."""

TABLES = {
    ("aibo-ohm", "emodb"): {  # Table 2
        "all-source": {None: (55, 2)},
        "fine-tune": {2: (55, 4), 4: (57, 4), 6: (59, 4), 8: (60, 5), 10: (61, 4), 12: (62, 4)},
        "fada": {2: (54, 1), 4: (54, 2), 6: (54, 1), 8: (55, 2), 10: (55, 1), 12: (55, 2)},
        "cada": {2: (58, 4), 4: (59, 4), 6: (62, 3), 8: (63, 4), 10: (63, 4), 12: (64, 3)},
        "all-target": {None: (81, 3)},
    },
    ("aibo-mont", "emodb"): {  # Table 3
        "all-source": {None: (51, 1)},
        "fine-tune": {2: (55, 4), 4: (55, 4), 6: (57, 5), 8: (58, 4), 10: (59, 5), 12: (61, 4)},
        "fada": {2: (50, 1), 4: (50, 2), 6: (51, 2), 8: (52, 2), 10: (52, 2), 12: (53, 1)},
        "cada": {2: (57, 3), 4: (59, 3), 6: (60, 3), 8: (60, 4), 10: (61, 3), 12: (63, 4)},
        "all-target": {None: (81, 3)},
    },
}
"""(source, target) → method → number of examples, None where it takes none → (mean, standard
deviation) of UA in %."""

CADA_LEADS_UP_TO = {("aibo-ohm", "emodb"): 50, ("aibo-mont", "emodb"): 40}
"""(source, target) → the number of labelled target examples up to which CADA is ahead of
label-target: Section 4.3 on Figs. 2 and 3."""
