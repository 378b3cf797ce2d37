"""Who is trained on what, and how it is scaled (Section 4.2), without TensorFlow."""
