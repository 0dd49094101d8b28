"""What is measured."""

from affectone.features.mel import hertz_to_mel, mel_filters, mel_to_hertz

__all__ = ["hertz_to_mel", "mel_filters", "mel_to_hertz"]
