"""`Client`: the service's answers as the same results that `Recognizer` gives."""

from affectone.client.client import Client
from affectone.client.jobs import ClientJob
from affectone.client.stream import ClientStream

__all__ = ["Client", "ClientJob", "ClientStream"]
