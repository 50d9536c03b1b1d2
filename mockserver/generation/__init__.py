"""Makes up files to import, and the importRequest that fits each: `hubspot-mock generate`.

The same seed gives the same bytes. Where errors are asked for, they are planted into rows that would else be good, by
what a file can hold; nothing in here knows an import, a portal or a fault.
"""

from mockserver.generation.plan import Impossible as Impossible
from mockserver.generation.plan import Plan as Plan
from mockserver.generation.plan import make_plan as make_plan
from mockserver.generation.samples import SAMPLES as SAMPLES
from mockserver.generation.writing import FileFormat as FileFormat
from mockserver.generation.writing import write_file as write_file
