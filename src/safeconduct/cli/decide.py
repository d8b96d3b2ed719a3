"""``safeconduct decide``: may this person or agent use this model, at this moment? Why, and what would change the answer?"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from safeconduct.assembly.home import existing
from safeconduct.assembly.rules import rules_at
from safeconduct.cli import output
from safeconduct.cli.acting import Org, desk
from safeconduct.cli.batch import decide_file
from safeconduct.cli.output import AsJson
from safeconduct.exchange import duties
from safeconduct.exchange.naming import model_meant
from safeconduct.policy.context import Context
from safeconduct.policy.explain import Explanation, RuleRead, explain
from safeconduct.registry.state import Registry
from safeconduct.terms.decision import Decision
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, show
from safeconduct.terms.standing import Standing

app = typer.Typer(help="Decide: may this caller use this model, and what would change the answer?")


@app.callback(invoke_without_command=True)
def decide(
    model: Annotated[str, typer.Option(help="Model, by canonical name or alias.")] = "",
    person: Annotated[str, typer.Option(help="Id of the person.")] = "",
    agent: Annotated[str, typer.Option(help="Id of the agent, instead of a person.")] = "",
    org: Org = "",
    project: Annotated[str, typer.Option(help="Id of the project the call is for.")] = "",
    dialect: Annotated[
        str, typer.Option(help="messages, chat or responses; one that the model is served over when left out.")
    ] = "",
    host: Annotated[
        list[str] | None, typer.Option(help="A host the call would ask the provider to contact; may be repeated.")
    ] = None,
    at: Annotated[str, typer.Option(help="The moment, a time with a zone. Now when left out.")] = "",
    batch: Annotated[
        str,
        typer.Option(help="A file of questions, - for stdin. Columns: who, model, organization, project, at."),
    ] = "",
    out: Annotated[str, typer.Option(help="With --batch: where the answers go, - for stdout.")] = "-",
    form: Annotated[
        str, typer.Option("--format", help="With --batch: csv, jsonl or parquet; by the file's ending by default.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Print permit or deny, the rules that decided, and what would change the answer. Exit code 0 for permit, 3 for deny."""
    if batch:
        if model or person or agent or org or project or dialect or host or at:
            raise typer.BadParameter("each row says who, which model and when; leave the other options out", param_hint="--batch")
        decide_file(batch, out, form, as_json=as_json)
        return
    if not model:
        raise typer.BadParameter("give the model", param_hint="--model")
    if bool(person) == bool(agent):
        raise typer.BadParameter("give either a person or an agent", param_hint="--person or --agent")
    moment = output.read_moment_or_none(at, "--at")
    with desk() as opened:
        registry = opened.registry if moment is None else opened.as_of(moment)
        now = opened.now() if moment is None else moment
        organization = org or _organization(registry, person, agent, opened.registry)
        policy = rules_at(existing())(registry, now)
        caller = {"person": person, "agent": agent, "project": project}
        standing = registry.standing_for(organization=organization, now=now, wanted=policy.facts, **caller)
        found = model_meant(registry, model)
        if found is None:
            explanation = Explanation(policy.not_found(standing, model, now), (), ())
        else:
            context = Context(hosts=frozenset(host or ()), dialect=dialect or min(found.dialects), operation="generate")
            explained = explain(policy, standing, found, context, now)
            explanation = replace(explained, decision=duties.foreseen(explained.decision, policy.classes))
        if as_json:
            output.show_json(_as_data(explanation, standing))
        else:
            _tell(explanation, standing)
            if found is None:
                output.say(f"No model of the catalog has the name {model}. See: safeconduct model list")
            if found is not None and explanation.decision.reasons[0].code == "model_not_found":
                output.say(
                    f"{found.id} exists, but no authorization ever covered {organization}: callers there are told it does not."
                )
    if not explanation.decision.permits:
        raise typer.Exit(output.DENIED)


def _organization(registry: Registry, person: str, agent: str, today: Registry) -> str:
    """The one organization a caller belongs to; ``today`` is the registry as it is now.

    Raises Refused when there is none, or more than one to choose from.
    """
    if agent and agent in registry.agents:
        return registry.agents[agent].organization
    if person and person in registry.people:
        names = [membership.organization for membership in registry.people[person].memberships]
        if len(names) == 1:
            return names[0]
        what = f"{person} belongs to {', '.join(names) or 'no organization'}"
        raise Refused(Fault("which_organization", what, "--org", "name the organization the call is for"))
    what = f"there is no {'agent' if agent else 'person'} {agent or person}"
    if agent in today.agents or person in today.people:
        mend = "name a later moment, or --org to try anyway"
        raise Refused(Fault("unknown_caller", f"{agent or person} was not registered yet at that moment", "--at", mend))
    raise Refused(Fault("unknown_caller", what, "--agent" if agent else "--person", "see the list, or name --org to try anyway"))


def _as_data(explanation: Explanation, standing: Standing) -> dict[str, Any]:
    decision = explanation.decision
    return {
        "decision": decision.effect.value,
        "model": decision.model,
        "person": standing.person,
        "agents": list(standing.agents),
        "organization": standing.organization,
        "project": standing.project,
        "at": show(decision.decided_at),
        "valid_until": show(decision.valid_until),
        "rules": list(decision.rules),
        "reasons": [{"code": one.code, "say": one.say, "mend": one.mend, "rule": one.rule} for one in decision.reasons],
        "duties": [{"name": one.name, "value": one.value, "rule": one.rule} for one in decision.duties],
        "errors": list(decision.errors),
        "offers": decision.fallback,
        "considered": [_rule(rule) for rule in explanation.rules],
        "changes": [list(steps) for steps in explanation.changes],
        "policy_hash": decision.policy_hash,
        "standing_hash": decision.standing_hash,
    }


def _rule(rule: RuleRead) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "effect": rule.effect,
        "decided": rule.decided,
        "facts": {fact: state.value for fact, state in rule.facts},
        "exemptions": list(rule.exemptions),
    }


def _tell(explanation: Explanation, standing: Standing) -> None:
    decision = explanation.decision
    who = standing.agents[0] if standing.agents else standing.person
    output.data(f"{decision.effect.value}  {who} of {standing.organization}  {decision.model}  at {show(decision.decided_at)}")
    _tell_reasons(decision)
    for rule in explanation.rules:
        facts = ", ".join(f"{fact} {state.value}" for fact, state in rule.facts) or "no facts"
        mark = "decided" if rule.decided else "in force"
        exempt = f"; exemptions: {', '.join(rule.exemptions)}" if rule.exemptions else ""
        output.data(f"  {mark}: {rule.effect} {rule.id} reads {facts}{exempt}")
    for steps in explanation.changes:
        output.data(f"  would permit: {'; and '.join(steps)}")
    if not decision.permits and not explanation.changes:
        output.data("  would permit: no small change; a rule in force would have to be lifted, or an authorization be entered")
    if decision.fallback:
        output.data(f"  offers instead: {decision.fallback}, where that is permitted by itself")
    if decision.valid_until < FOREVER:
        output.data(f"  holds until {show(decision.valid_until)}")


def _tell_reasons(decision: Decision) -> None:
    for reason in decision.reasons:
        output.data(f"  {reason.code}: {reason.say} {reason.mend}".rstrip())
    for duty in decision.duties:
        output.data(f"  duty: {duty.name} {duty.value} ({duty.rule})")
    for error in decision.errors:
        output.data(f"  error: {error}")
