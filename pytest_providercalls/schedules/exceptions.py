"""The exceptions of a run that cannot end."""


class Deadlock(AssertionError):
    """All tasks or threads of a client wait for each other."""


class EndlessRun(BaseException):
    """A client that never ends. Not an Exception, because clients catch those and try again."""
