"""The one kind of error that is the user's to mend, and how a script ends on it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class InputError(Exception):
    """Something that came from outside is wrong: the message says what was expected, what came, where, what to do."""


@contextmanager
def explained(*, go_on: bool = False) -> Iterator[None]:
    """End a script on an input error or Ctrl-C with a message instead of a traceback.

    Exit codes: 2 for an input error, 130 for Ctrl-C, as shells expect. With `go_on`, as in one job of a sweep, an input
    error is said and raised again, so that the other jobs still run.
    """
    try:
        yield
    except InputError as error:
        sys.stderr.write(f"\nError: {error}\n")
        if go_on:
            raise
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        sys.stderr.write(
            "\nStopped. A training goes on from its last whole epoch when the same command is given again.\n"
        )
        raise SystemExit(130) from None
