"""What can go wrong, as one small tree.

::

    DcactivityError
    ├── InputError (ValueError)         something that was given is wrong
    │   ├── RegistryError                 coalitions.toml
    │   ├── PolicyError                   a policy file
    │   ├── PeopleError                   people.toml
    │   ├── ArchiveError                  an archive that cannot be opened
    │   ├── StoreError                    a store that cannot be used
    │   ├── RecordError                   a file that people keep beside the registry
    │   ├── LedgerError                   a ledger of cases that cannot be used
    │   ├── StepError                     a step that a case does not allow
    │   └── TemplateError                 a template that cannot be filled in
    ├── ClusterError                    a Dask cluster that cannot do the work
    ├── MissingError (LookupError)      something that was named is not there
    └── WebError                        something on the web that could not be had

Each carries the place and the way out, so that the command line can print one line.
"""

from __future__ import annotations

__all__ = [
    "ArchiveError",
    "ClusterError",
    "DcactivityError",
    "InputError",
    "LedgerError",
    "MissingError",
    "PeopleError",
    "PolicyError",
    "RecordError",
    "RegistryError",
    "StepError",
    "StoreError",
    "TemplateError",
    "WebError",
]


class DcactivityError(Exception):
    """Base of all errors that dcactivity raises on purpose.

    Parameters
    ----------
    message : str
        What is wrong.
    path : str or None
        The file or folder it is about.
    position : str or None
        The place in it: a line, a key path, an offset.
    hint : str or None
        The way out.
    """

    def __init__(
        self,
        message: str,
        *,
        path: object = None,
        position: object = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = None if path is None else str(path)
        self.position = None if position is None else str(position)
        self.hint = hint

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.path, self.position) if part)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text}; {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process boundaries on their way out of a worker.
        return (_rebuild, (type(self), self.message, self.path, self.position, self.hint))


def _rebuild(
    kind: type[DcactivityError],
    message: str,
    path: str | None,
    position: str | None,
    hint: str | None,
) -> DcactivityError:
    return kind(message, path=path, position=position, hint=hint)


class InputError(DcactivityError, ValueError):
    """Something that was given is wrong."""


class RegistryError(InputError):
    """A ``coalitions.toml`` that cannot be followed."""


class PolicyError(InputError):
    """A policy that cannot be applied."""


class PeopleError(InputError):
    """A ``people.toml`` that cannot be followed."""


class ArchiveError(InputError):
    """An archive that cannot be opened."""


class StoreError(InputError):
    """A store that cannot be used."""


class RecordError(InputError):
    """A file that people keep beside the registry and that cannot be followed."""


class LedgerError(InputError):
    """A ledger of cases that cannot be used."""


class StepError(InputError):
    """A step that a case does not allow as it stands."""


class TemplateError(InputError):
    """A template that cannot be filled in."""


class ClusterError(DcactivityError):
    """A Dask cluster that cannot do the work."""


class MissingError(DcactivityError, LookupError):
    """Something that was named is not there."""


class WebError(DcactivityError):
    """Something on the web that could not be had."""
