"""A trained recogniser, its file, its exports and its predictions, without TensorFlow."""
