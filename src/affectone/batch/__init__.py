"""Many recordings: one machine or a cluster, rows as Parquet, and what an archive says together."""

from affectone.batch.run import Summary, run_batch
from affectone.batch.tasks import FeaturesTask, PredictTask, Task, TimelineTask

__all__ = ["FeaturesTask", "PredictTask", "Summary", "Task", "TimelineTask", "run_batch"]
