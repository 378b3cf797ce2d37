"""The check that all parts of a model file have in common."""


def require(condition: object, found: str) -> None:
    """Refuses a file with unexpected contents.

    Args:
        condition: whether they are as expected.
        found: what else it has, as the message says.

    Raises:
        ValueError: they are not.
    """
    if not condition:
        raise ValueError(f"it has {found}")
