"""Lineage and experiments: edges between entities, and components of trials."""

from __future__ import annotations

from mllens.sandbox.answer import Answer, Call, cut, hook, list_rows


@hook("sagemaker", "AddAssociation", "DeleteAssociation")
def change_association(call: Call) -> Answer:
    """An edge between two lineage entities."""
    source, destination = call.params["SourceArn"], call.params["DestinationArn"]
    table = call.table("Association")
    if call.operation == "DeleteAssociation":
        if table.pop((source, destination)) is None:
            call.fail("NotFound", f"There is no association from {source} to {destination}.")
    else:
        table.put((source, destination), {**call.params, "CreationTime": call.now})
    return {"SourceArn": source, "DestinationArn": destination}


@hook("sagemaker", "ListAssociations")
def list_associations(call: Call) -> Answer:
    """Edges by either end."""
    rows = list(call.table("Association"))
    for name in ("SourceArn", "DestinationArn", "AssociationType"):
        if name in call.params:
            rows = [row for row in rows if row.get(name) == call.params[name]]
    page, token = cut(call, rows, call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"AssociationSummaries": page, **({"NextToken": token} if token else {})}


@hook("sagemaker", "AssociateTrialComponent", "DisassociateTrialComponent")
def relate_trial_component(call: Call) -> Answer:
    """A component belongs to trials."""
    component = call.find("TrialComponent", (call.params["TrialComponentName"],))
    trial = call.find("Trial", (call.params["TrialName"],))
    parents = [p for p in component.get("Parents", ()) if p["TrialName"] != trial["TrialName"]]
    if call.operation == "AssociateTrialComponent":
        parents.append({"TrialName": trial["TrialName"], "ExperimentName": trial["ExperimentName"]})
    component["Parents"] = parents
    return {"TrialComponentArn": component["TrialComponentArn"], "TrialArn": trial["TrialArn"]}


@hook("sagemaker", "ListTrialComponents")
def list_trial_components(call: Call) -> Answer:
    """All, or those of a trial or an experiment."""
    rows = list(call.table("TrialComponent"))
    for name in ("TrialName", "ExperimentName"):
        wanted = call.params.pop(name, None)
        if wanted:
            rows = [row for row in rows if any(p[name] == wanted for p in row.get("Parents", ()))]
    return list_rows(call, rows)
