"""What is believed of a number before the model is held against anything observed, and why.

A prior is narrower than the bounds: bounds say what the model can compute, a prior what an
economist would not be surprised by. Three shapes suffice for what is known of these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Prior:
    """A distribution on [low, high] with its reason.

    shape: 'even', all values alike; 'factor', all factors alike (even in logs), for rates of which
    the order of size is known; 'peak', a triangle with its top at `top`. why: what says so.
    """

    shape: str
    low: float
    high: float
    why: str
    top: float | None = None

    def at(self, share: float) -> float:
        """The quantile: the value below which a share of the belief lies."""
        width = self.high - self.low
        if self.shape == "factor":
            from sim.arithmetic import power  # which loads Numba: a configuration is read without

            return min(float(self.low * power(self.high / self.low, share)), self.high)
        if self.top is None:
            return self.low + share * width
        rising = (self.top - self.low) / width  # share of the belief below the top
        if share < rising:
            return self.low + sqrt(share * width * (self.top - self.low))
        return self.high - sqrt((1.0 - share) * width * (self.high - self.top))

    def told(self) -> str:
        """In words, for tables."""
        if self.top is None:
            return f"{self.shape} from {self.low:g} to {self.high:g}"
        return f"peak at {self.top:g}, from {self.low:g} to {self.high:g}"


def even(low: float, high: float, why: str) -> Prior:
    """All values between the two alike."""
    return Prior("even", low, high, why)


def factor(low: float, high: float, why: str) -> Prior:
    """All factors alike: halved is as likely as doubled."""
    return Prior("factor", low, high, why)


def peak(low: float, top: float, high: float, why: str) -> Prior:
    """A triangle: most likely at its top, which may be one of its ends (a limit)."""
    return Prior("peak", low, high, why, top)
