"""From a few labelled examples to a recogniser and its assessment."""
