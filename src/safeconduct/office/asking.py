"""Who asks, when, and against which registry? What every rule needs, and where a rule leaves faults and drafts."""

from __future__ import annotations

from safeconduct.office import persons
from safeconduct.registry.bodies.body import Body
from safeconduct.registry.changes import Draft, draft
from safeconduct.registry.names import ID_MEND, TEXT_MEND, is_id, is_text
from safeconduct.registry.papers import Need
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault
from safeconduct.terms.moments import Moment, show


class Asking:
    """One act that is being judged. ``where`` names the act in faults; ``agreed`` are the actors who agreed to it so far.

    ``force_changed`` is the last change to what can be in force before the whole act; its own earlier parts do not count.
    ``organization`` is the one whose calls or content the act concerns, where a rule says so, and ``second`` the actor who agreed
    to it beforehand.
    """

    __slots__ = (
        "actor",
        "agreed",
        "drafts",
        "faults",
        "force_changed",
        "needs",
        "now",
        "organization",
        "registry",
        "second",
        "where",
    )

    def __init__(
        self,
        registry: Registry,
        actor: str,
        now: Moment,
        where: str,
        agreed: frozenset[str] = frozenset(),
        force_changed: int | None = None,
    ) -> None:
        self.registry = registry
        self.force_changed = registry.force_changed if force_changed is None else force_changed
        self.actor = actor
        self.now = now
        self.where = where
        self.faults: list[Fault] = []
        self.drafts: list[Draft] = []
        self.agreed = agreed
        self.needs: list[Need] = []
        self.organization = ""
        self.second = ""

    def refuse(self, code: str, what: str, mend: str) -> None:
        """Note one fault; the act will be refused as a whole."""
        self.faults.append(Fault(code, what, self.where, mend))

    def change(self, kind: str, subject: str, body: Body) -> None:
        """Plan one change."""
        self.drafts.append(draft(self.now, self.actor, kind, subject, body))

    def wants_second(self, why: str) -> None:
        """A second officer has to agree, because of ``why``."""
        if not any(persons.may_not_agree(self.registry, each, self.actor, self.where) is None for each in self.agreed):
            self.needs.append(Need(why))

    def wants_authority(self, authority: str, why: str) -> None:
        """An officer of ``authority`` has to agree, because of ``why``."""
        need = Need(why, authority)
        if need not in self.needs and not any(persons.is_of(self.registry, each, authority) for each in self.agreed):
            self.needs.append(need)

    def wants_id(self, kind: str, text: str) -> None:
        if not is_id(text):
            self.refuse("bad_id", f"{text[:80]!r} is no {kind} id", ID_MEND)

    def wants_text(self, what: str, *texts: str) -> None:
        for text in texts:
            if not is_text(text):
                self.refuse("bad_text", f"the {what} is too long or not printable", TEXT_MEND)

    def wants_interval(self, starts: Moment, ends: Moment) -> None:
        if ends <= starts:
            self.refuse("bad_interval", f"it would end ({show(ends)}) before it starts ({show(starts)})", "correct the dates")

    def wants_organization(self, organization: str) -> None:
        if organization not in self.registry.organizations:
            mend = "register it first, or see the list of organizations"
            self.refuse("unknown_organization", f"there is no organization {organization!r}", mend)

    def wants_project(self, project: str, organization: str) -> None:
        """A project, if one is named, belongs to the organization."""
        found = self.registry.projects.get(project)
        if project and found is None:
            mend = "register it first, or see the list of projects"
            self.refuse("unknown_project", f"there is no project {project!r}", mend)
        elif found is not None and found.organization != organization:
            what = f"project {project} belongs to {found.organization}, not to {organization}"
            self.refuse("foreign_project", what, f"name a project of {organization}")

    def wants_member(self, person: str, organization: str) -> None:
        found = self.registry.people.get(person)
        if found is None:
            self.refuse("unknown_person", f"there is no person {person!r}", "register the person first")
        elif not any(each.organization == organization for each in found.memberships):
            what = f"{person} is not a member of {organization}"
            self.refuse("no_member", what, f"add the person to {organization} first")
