"""What a run leaves."""

from __future__ import annotations

from dataclasses import dataclass

from pyrnn.training.records import LOSS, REASONS, EndRecord, Monitor, Record, ValidationRecord


@dataclass(frozen=True, repr=False)
class RunResult:
    """What a run leaves.

    records: its history; of the step records those that `log_every` keeps. The last is the end's.
    monitor: the metric by which the best validation is told.
    """

    records: tuple[Record, ...]
    monitor: Monitor = LOSS

    @property
    def end(self) -> EndRecord:
        """The last record. Raises ValueError while the run goes on."""
        end = self.records[-1] if self.records else None
        if not isinstance(end, EndRecord):
            raise ValueError("the run has not ended")
        return end

    @property
    def reason(self) -> str:
        """Why the run ended: a name in `pyrnn.training.REASONS`."""
        return self.end.reason

    @property
    def steps(self) -> int:
        """The updates done."""
        return self.end.step

    @property
    def seconds(self) -> float:
        """The time spent, in all runs that were resumed together."""
        return self.end.seconds

    @property
    def validations(self) -> tuple[ValidationRecord, ...]:
        """All validations, in order."""
        return tuple(r for r in self.records if isinstance(r, ValidationRecord))

    @property
    def best(self) -> ValidationRecord | None:
        """The best validation; None where there was none."""
        return next((r for r in reversed(self.validations) if r.best), None)

    def __repr__(self) -> str:
        if not self.records or not isinstance(self.records[-1], EndRecord):
            return f"RunResult({len(self.records)} records, not ended)"
        end, best = self.end, self.best
        line = f"RunResult({end.step:,} steps, {end.seconds:.1f} s: {REASONS[end.reason]}"
        if best is not None:
            found = ", ".join(f"{name} {value:.4g}" for name, value in best.metrics.items())
            line += f"; best validation at step {best.step:,}: {found}"
        return line + ")"
