"""Two corpora that the package makes itself: ``demo-children`` and ``demo-actors``.

They imitate the situation of the paper's Table 1, so that everything runs without a
download: a large source of children's weak, spontaneous emotions in a room, and a small
target of actors' strong ones in a studio. They are synthetic; results on them show that
methods work as they should, never how well they do on people.

Each file uses only those further down:

* ``reading`` makes a corpus's table, and has ``writing`` make the files that are missing;
* ``utterances`` decides how a speaker speaks an utterance;
* ``speakers`` draws the people of a corpus;
* ``children`` and ``actors`` say what each corpus consists of, a ``recipe``;
* ``emotions`` says how each emotion sounds;
* ``synthesis`` turns a voice, an expression and a room into sound;
* ``glottis``, ``tract`` and ``frication`` are its source, its filter and its noises;
* ``controls`` plans what moves them;
* ``articulation``, ``rhythm`` and ``syllables`` are where the tongue goes, when, and why;
* ``room``, ``voice`` and ``expression`` are where, who and how;
* ``filters`` and ``units`` are what the others share.
"""

from cada_tf.corpora.demo.reading import read_actors, read_children

__all__ = ["read_actors", "read_children"]
