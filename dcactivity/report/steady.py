"""Office files that are the same bytes whenever they are written."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

__all__ = ["steady_file"]

_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^<>]*>)[^<>]*(?=</)")
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can name


def steady_file(data: bytes, moment: dt.datetime) -> bytes:
    """Replace the times at which an Office file, and workbooks within it, were written.

    Parameters
    ----------
    data : bytes
        A file of Office Open XML: a zip.
    moment : datetime
        What its properties say instead. Its members are all given the first time that a zip
        knows, as xlsxwriter does.

    Returns
    -------
    bytes
        The file anew, with the same members in the same order.
    """
    stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode()
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as before,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            content = before.read(name)
            if name.endswith(".xlsx"):
                content = steady_file(content, moment)
            elif name == "docProps/core.xml":
                content = _MOMENT.sub(rb"\g<1>" + stamp, content)
            member = zipfile.ZipInfo(name, _EARLIEST)
            after.writestr(member, content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
