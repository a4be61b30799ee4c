"""Faults: rules that break SMTP sessions on purpose. Pure: no socket, no file, no clock of its own.

`load` reads a rule file, `Engine` is asked at each stage of a session, `Decision` is its answer.
"""

from mailcatch.faults.clock import Clock, HandClock
from mailcatch.faults.decision import Decision, Firing
from mailcatch.faults.engine import Engine, RuleCount
from mailcatch.faults.errors import Problem, RuleError
from mailcatch.faults.explaining import Explanation
from mailcatch.faults.loading import load, rule_of
from mailcatch.faults.moment import Moment, Supposed
from mailcatch.faults.rule import Reply, ReplyLine, Rule, RuleSet
from mailcatch.faults.stages import STAGES

__all__ = [
    "STAGES",
    "Clock",
    "Decision",
    "Engine",
    "Explanation",
    "Firing",
    "HandClock",
    "Moment",
    "Problem",
    "Reply",
    "ReplyLine",
    "Rule",
    "RuleCount",
    "RuleError",
    "RuleSet",
    "Supposed",
    "load",
    "rule_of",
]
