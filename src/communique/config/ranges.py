"""Values that must lie in a range."""

from communique.errors import InputError


def within(key: str, value: float, low: float, high: float) -> None:
    """Say in an InputError which key is out of its range."""
    if not low <= value <= high:
        raise InputError(f"`{key}` must lie between {low:g} and {high:g}, but it is {value:g}")
