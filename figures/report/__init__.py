"""A run, or a model that ``cada-adapt`` made, as one HTML page; see ``__main__.py``."""
