"""What is wrong with a policy document."""


class PolicyError(ValueError):
    """A policy cannot be evaluated, so nobody may load it.

    Attributes:
        place: Where in the document, for example `Statement[0].Condition`.
        problem: What is wrong there.
    """

    def __init__(self, place: str, problem: str) -> None:
        """Compose the sentence from its place and problem."""
        self.place = place
        self.problem = problem
        super().__init__(f"{place}: {problem}" if place else problem)
