"""Two corpora that the package makes itself: ``demo-children`` and ``demo-actors``.

They imitate the situation of the paper's Table 1, so that everything runs without a
download: a large source of children's weak, spontaneous emotions in a room, and a small
target of actors' strong ones in a studio. They are synthetic; results on them show that
methods work as they should, never how well they do on people.

Each file uses only those further down:

* ``files`` writes the recordings that are missing, checks the others, and returns the table;
* ``utterances`` draws speakers and synthesises what they say;
* ``recipes`` says what each corpus consists of;
* ``source`` and ``filters`` make sound: glottis and frication, vocal tract and room;
* ``prosody`` draws syllables and plans rhythm, melody and formants;
* ``voice`` describes who speaks and how, and the expression of each emotion;
* ``units`` converts samples, frames, decibels and per cents.
"""

from cada_tf.corpora.demo.files import read_actors, read_children

__all__ = ["read_actors", "read_children"]
