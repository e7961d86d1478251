"""What a fit may have come to."""

from __future__ import annotations

from costeer.services.fitting import CurvePoint, FitPoint, FitResult
from costeer.steering.calibration import PerToken


def fit_result(**changed: object) -> FitResult:
    """A point that is better than the default, but for what is `changed`."""
    curve = ((0.0, 5.0), (0.6, 4.4), (1.0, 4.5))
    values: dict[str, object] = {
        "fitted": FitPoint(0.6, 0.2),
        "default": FitPoint(1.0, 0.15),
        "bits_cloud": 5.0,
        "bits_default": 4.5,
        "bits_fitted": 4.4,
        "gain": 0.1,
        "gain_low": 0.05,
        "gain_high": 0.15,
        "better": True,
        "helped": PerToken(0.5, 0.3, 0.7),
        "curve": tuple(CurvePoint(at, PerToken(bits, bits - 0.2, bits + 0.2)) for at, bits in curve),
        "tokens": 900,
        "chunks": 12,
        "texts": 3,
        "cloud": "a model",
        "stand_in": False,
    }
    return FitResult(**{**values, **changed})  # type: ignore[arg-type]
