"""Sample files to import, each with its importRequest: `hubspot-mock generate`.

The same seed gives the same bytes. Errors are added by changing cells or rows of the file, or its importRequest; this
package knows no imports, portals or faults. It needs the packages of the extra `samples`.
"""

from collections.abc import Iterator
from importlib.util import find_spec

from mockserver.generation.plan import Impossible as Impossible
from mockserver.generation.plan import OutputFormat as OutputFormat
from mockserver.generation.plan import Plan as Plan
from mockserver.generation.plan import make_plan as make_plan
from mockserver.generation.plan import write_file as write_file
from mockserver.generation.samples import SAMPLES as SAMPLES


def missing_packages(file_format: OutputFormat) -> Iterator[str]:
    """Yields the packages of the extra `samples` that a file of this format needs, and that are not installed."""
    if find_spec("faker") is None:
        yield "Faker"
    if file_format is OutputFormat.XLSX and find_spec("xlsxwriter") is None:
        yield "XlsxWriter"
