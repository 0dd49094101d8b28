"""Recordings that take longer than a request may: kept in a database until they are heard."""

from affectone.serving.jobs.store import Job, JobStore, open_store
from affectone.serving.jobs.work import JobWorkers

__all__ = ["Job", "JobStore", "JobWorkers", "open_store"]
