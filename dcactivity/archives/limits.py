"""How much an archive may ask of the reader before it is stopped."""

from __future__ import annotations

from dataclasses import dataclass

from dcactivity.errors import ArchiveError

__all__ = ["DEFAULT_LIMITS", "Budget", "LimitError", "Limits"]

_KIB = 1024
_MIB = 1024 * _KIB
_GIB = 1024 * _MIB


class LimitError(ArchiveError):
    """An archive that asks for more than the limits allow; what came before it stands."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where reading of one archive stops.

    Attributes
    ----------
    archive_bytes : int
        Most bytes that one archive, a file on disk, may decompress to, all its members and
        layers together.
    ratio : int
        Most bytes out for each byte of the file on disk ...
    ratio_from_bytes : int
        ... which counts from this many bytes out on: small files of long runs are no bombs.
    members : int
        Most members of one zip or tar.
    depth : int
        Most layers within each other: ``tar.gz`` is two, an ``mbox.gz`` in it a third.
    message_bytes : int
        Largest single message of a format that keeps messages apart. It is held in memory
        whole, so that this also bounds the memory of one worker.
    """

    archive_bytes: int = 64 * _GIB
    ratio: int = 1000
    ratio_from_bytes: int = 64 * _MIB
    members: int = 200_000
    depth: int = 4
    message_bytes: int = 64 * _MIB


DEFAULT_LIMITS = Limits()


class Budget:
    """Count what one archive decompresses to, over all its layers and members.

    Parameters
    ----------
    limits : Limits
        Where to stop.
    stored_bytes : int
        Size of the archive on disk, for the ratio.
    """

    __slots__ = ("is_spent", "limits", "spent", "stored_bytes")

    def __init__(self, limits: Limits, stored_bytes: int) -> None:
        self.limits = limits
        self.stored_bytes = stored_bytes
        self.spent = 0
        self.is_spent = False

    def charge(self, count: int) -> None:
        """Count bytes that came out of a decompressor.

        Parameters
        ----------
        count : int
            Number of bytes.

        Raises
        ------
        LimitError
            Where the archive has used up what it may.
        """
        self.spent += count
        limits = self.limits
        ratio_bytes = max(limits.ratio_from_bytes, limits.ratio * self.stored_bytes)
        if self.spent > limits.archive_bytes:
            self.is_spent = True
            msg = f"decompresses to more than {limits.archive_bytes:,} bytes: stopped there"
            raise LimitError(msg)
        if self.spent > ratio_bytes:
            self.is_spent = True
            msg = f"decompresses to more than {limits.ratio:,} times its size: stopped there"
            raise LimitError(msg)
