"""What may the log say in plain words about an act: which thing is it about, and which organization does it concern?

INVARIANT (P8): an id that could be a person's name never stands in the log. Acts about people, agents, keys and officers are
told by their salted commitment alone; letters, requests, models, projects, calls, cases, holds and measures by their id.
"""

from __future__ import annotations

from typing import Any, Final

from safeconduct.office import acts

_NAMELESS: Final[tuple[type[Any], ...]] = (
    acts.EnterInstrument,
    acts.TranscribeInstrument,
    acts.MatchAnnex,
    acts.CheckInstrument,
    acts.RecordPreview,
    acts.ApproveInstrument,
    acts.ActivateInstrument,
    acts.WithdrawInstrument,
    acts.ApproveRequest,
    acts.DeclineRequest,
    acts.RegisterAuthority,
    acts.KeyAuthority,
    acts.RegisterOrganization,
    acts.AmendOrganization,
    acts.RegisterProject,
    acts.AmendProject,
    acts.WithdrawModel,
    acts.EnterPack,
    acts.OpenCase,
    acts.RaiseCase,
    acts.CloseCase,
    acts.AssignCase,
    acts.NoteCase,
    acts.JudgeCase,
    acts.MergeCase,
    acts.AskReading,
    acts.ReadContent,
    acts.FlagContent,
    acts.PlaceHold,
    acts.ReleaseHold,
    acts.ReleaseHeld,
    acts.DeclineHeld,
    acts.TakeMeasure,
    acts.UndoMeasure,
    acts.AppealMeasure,
    acts.PruneLog,
    acts.FinishErasure,
    acts.WithholdErased,
)
_STRUCTURE: Final = ("organization", "project")


def about(act: acts.Act) -> str:
    """The id of what the act is about; empty where it could name a person."""
    match act:
        case acts.CatalogModel(model=model):
            return model.id
        case acts.End(kind=kind, id=name) | acts.Suspend(kind=kind, id=name) | acts.Restore(kind=kind, id=name):
            return name if kind in _STRUCTURE else ""
        case acts.MoveRisk(who=who):
            kind, _, name = who.partition("/")
            return name if kind in (*_STRUCTURE, "model") else ""
        case acts.Batch():
            return ""
        case _:
            return act.id if isinstance(act, _NAMELESS) else ""


def organization(act: acts.Act) -> str:
    """The organization that the act concerns, as far as the act itself names it; empty where it does not."""
    match act:
        case acts.RegisterOrganization(id=name) | acts.AmendOrganization(id=name):
            return name
        case acts.End(kind="organization", id=name):
            return name
        case acts.Suspend(kind="organization", id=name) | acts.Restore(kind="organization", id=name):
            return name
        case _:
            return str(getattr(act, "organization", ""))
