"""What an archive of calls says together: SQL over the Parquet of a batch, and plain tables as the answer."""

from affectone.batch.report.build import Choices, Report, reported
from affectone.batch.report.contents import ArchiveError
from affectone.batch.report.result import Column, Head, Table
from affectone.batch.report.write import write_data

__all__ = ["ArchiveError", "Choices", "Column", "Head", "Report", "Table", "reported", "write_data"]
