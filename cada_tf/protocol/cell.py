"""A cell of the results: a method and a number of labelled target examples."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Cell:
    """A cell of the results.

    The number is None where a method takes none, and where it takes all of the training folds.
    """

    method: str
    examples: int | None

    @property
    def name(self) -> str:
        """The name of its files."""
        return self.method if self.examples is None else f"{self.method}-{self.examples}"
