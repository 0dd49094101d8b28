"""What Prometheus is told."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

__all__ = ["Metrics"]

LATENCIES = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """Counters of one service; each service has its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        made = {"registry": self._registry, "namespace": "affectone"}
        self.requests = Counter(
            "requests",
            "Answered requests.",
            ("method", "route", "status"),
            **made,  # type: ignore[arg-type]
        )
        self.latency = Histogram(
            "request_seconds",
            "From a request's first byte to its answer's last.",
            ("method", "route"),
            buckets=LATENCIES,
            **made,  # type: ignore[arg-type]
        )
        self.sound = Counter("sound_seconds", "Sound that was heard.", ("door",), **made)  # type: ignore[arg-type]
        self.waiting = Gauge("requests_inside", "Requests heard or waiting.", **made)  # type: ignore[arg-type]
        self.sockets = Gauge("live_sockets", "Open live sockets.", **made)  # type: ignore[arg-type]
        self.together = Histogram(
            "batch_windows",
            "Windows that a model ran together.",
            buckets=(1, 2, 4, 8),
            **made,  # type: ignore[arg-type]
        )
        self.jobs = Counter("jobs", "Jobs that ended.", ("status",), **made)  # type: ignore[arg-type]

    def text(self) -> bytes:
        """Return all of them as Prometheus reads them."""
        return generate_latest(self._registry)
