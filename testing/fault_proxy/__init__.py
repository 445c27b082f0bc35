"""A TCP proxy for tests that can do to a connection what a bad network does."""

from fault_proxy.cuts import Cut, Moment
from fault_proxy.proxy import FaultProxy
from fault_proxy.toxics import HEALTHY, Toxics

__all__ = ["HEALTHY", "Cut", "FaultProxy", "Moment", "Toxics"]
