"""Which safeguards is one call under? The orders of all rules that hold for it, ready to be asked about a finding.

Two rules in force are both obeyed: an order counts for a finding when it names its detector, kind (or none) and direction, and
its rate is at least the finding's chance; of the orders that count, the strongest action is taken. Where a rule's words come
from is the policy's answer; what is done with a verdict is the machine's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from safeconduct.terms.blocks import Direction
from safeconduct.terms.decision import Duty
from safeconduct.terms.findings import SAFEGUARD, SEVERAL, Action, Finding
from safeconduct.terms.safeguards import JUDGE, REDACT, Order, order, redacting

_NONE: Final[tuple[Order, ...]] = ()


class Plan:
    """Orders of one call. Immutable, comparable, and the same for everyone whose rules say the same."""

    __slots__ = ("_acting", "_by", "_detectors", "_strongest", "everyone", "holds", "holds_text", "orders")

    EMPTY: ClassVar[Plan]

    def __init__(self, orders: Iterable[Order]) -> None:
        self.orders = tuple(dict.fromkeys(orders))
        by: dict[tuple[str, Direction], list[Order]] = {}
        for each in self.orders:
            for direction in each.directions:
                by.setdefault((each.detector, direction), []).append(each)
        self._by = {key: tuple(sorted(found, key=lambda one: one.action, reverse=True)) for key, found in by.items()}
        self._detectors = {way: frozenset(name for name, at in self._by if at is way) for way in Direction}
        self._acting = {
            way: frozenset(name for (name, at), found in self._by.items() if at is way and found[0].action > Action.LOG)
            for way in Direction
        }
        self.everyone = frozenset(name for name, _ in self._by)
        self._strongest = {
            way: max((found[0].action for (_, at), found in self._by.items() if at is way), default=Action.LOG)
            for way in Direction
        }
        #: whether anything of an answer may have to be kept back; and whether more is asked about its texts than to be told
        self.holds = self._strongest[Direction.ANSWER] >= Action.REDACT
        self.holds_text = any(
            found[0].action >= Action.REDACT and name != "tools"
            for (name, at), found in self._by.items()
            if at is Direction.ANSWER
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and other.orders == self.orders

    def __hash__(self) -> int:
        return hash(self.orders)

    def __repr__(self) -> str:
        return f"Plan({self.orders!r})"

    @classmethod
    def of(cls, duties: Iterable[Duty], base: Plan) -> Plan:
        """The base and what the duties ask. Raises ValueError, with a sentence, where one of them cannot be read."""
        orders = []
        for duty in duties:
            if duty.name == SAFEGUARD:
                orders.append(order(duty.value, duty.rule))
            elif duty.name == REDACT:
                orders.append(redacting(duty.value, duty.rule))
        return cls((*base.orders, *orders)) if orders else base

    def detectors(self, direction: Direction) -> frozenset[str]:
        """The detectors that have to look at this direction."""
        return self._detectors[direction]

    def strongest(self, direction: Direction) -> Action:
        """The strongest action that any order for this direction asks for; LOG where there is none."""
        return self._strongest[direction]

    def acting(self, direction: Direction) -> frozenset[str]:
        """The detectors of which more is asked than to be noted, so that a call has to wait for them."""
        return self._acting[direction]

    def judged(self, *, everything: bool) -> Action | None:
        """What is to follow from the judge about doubtful texts, or about everything the user says; None where nothing asks."""
        found = self._by.get((JUDGE, Direction.REQUEST), _NONE)
        return max((each.action for each in found if each.everything is everything), default=None)

    def order(self, finding: Finding, direction: Direction) -> Order | None:
        """The strongest order that counts for a finding; None where none does, so that there is nothing to be found."""
        for each in self._by.get((finding.detector, direction), _NONE):
            if _counts(each, finding):
                return each
        return None

    def action(self, finding: Finding, direction: Direction) -> Action:
        """What is done about a finding. LOG also where no order counts; ``order`` tells these apart."""
        asked = self.order(finding, direction)
        return Action.LOG if asked is None else asked.action

    def redacts(self, finding: Finding, direction: Direction) -> bool:
        """Whether any order that counts asks that the text is taken out, whatever else is asked."""
        return any(
            each.action is Action.REDACT
            and (finding.kind in (each.kind, SEVERAL) or not each.kind)
            and finding.chance <= each.rate
            for each in self._by.get((finding.detector, direction), _NONE)
        )


def _counts(order: Order, finding: Finding) -> bool:
    """Whether an order counts for a finding of its detector and direction."""
    return (not order.kind or finding.kind in (order.kind, SEVERAL)) and finding.chance <= order.rate


Plan.EMPTY = Plan(())
