"""Makes https://api.hubapi.com answer from the mock within this process, with no change in the code under test.

Below the HTTP libraries, so that it holds for all of them: `names` answers for the host's name, `connections` takes
what goes to that answer to a listener of the mock, `trust` makes a TLS client accept the mock's certificate for that
host and no other. What is not for one of the hosts is left alone. Where a way around is left, trust closes it: a
connection that reached the real host fails before a byte of HTTP is sent.
"""

from mockserver.interception.redirects import HUBSPOT_HOSTS as HUBSPOT_HOSTS
from mockserver.interception.redirects import InterceptionError as InterceptionError
