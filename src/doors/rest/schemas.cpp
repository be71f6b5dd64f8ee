#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {

// Requests are described as strictly as they are read. Answers carry at least what is named here.
std::string_view schemas() {
  return R"json({
"JsonObject": {"type": "object"},
"Problem": {"type": "object", "required": ["status", "reason", "detail"], "properties": {
  "status": {"type": "integer"}, "title": {"type": "string"},
  "reason": {"type": "string", "description": "stable, for machines; listed in docs/reasons.md"},
  "detail": {"type": "string", "description": "for people"}}},
"Names": {"type": "array", "items": {"type": "string"}},
"Scope": {"type": "object", "additionalProperties": false, "properties": {
  "tools": {"$ref": "#/components/schemas/Names"},
  "targets": {"type": "array", "items": {"type": "object"}},
  "data_domains": {"$ref": "#/components/schemas/Names"},
  "outcomes": {"$ref": "#/components/schemas/Names"}}},
"AgentProfile": {"type": "object", "additionalProperties": false, "properties": {
  "purpose": {"type": "string"},
  "autonomy": {"type": "object", "additionalProperties": false, "properties": {
    "chooses_tools": {"type": "boolean"}, "sequences_actions": {"type": "boolean"},
    "acts_without_gate": {"type": "boolean"}}},
  "owners": {"type": "object", "additionalProperties": false, "properties": {
    "business": {"type": "string"}, "control": {"type": "string"},
    "scope_approver": {"type": "string"}, "lifecycle": {"type": "string"}}},
  "tools": {"$ref": "#/components/schemas/Names"},
  "data_domains": {"$ref": "#/components/schemas/Names"},
  "outcomes": {"$ref": "#/components/schemas/Names"},
  "decides": {"$ref": "#/components/schemas/Names",
    "description": "outcomes that it may decide on by itself"},
  "limits": {"type": "object", "additionalProperties": false, "properties": {
    "calls_per_minute": {"type": "integer"}, "burst": {"type": "integer"},
    "denials_per_minute": {"type": "integer"}, "open_tasks": {"type": "integer"}}},
  "retires_at": {"type": "string", "format": "date-time"},
  "policy": {"type": "string"}, "runtime_digest": {"type": "string"}}},
"IdentitySpec": {"type": "object", "additionalProperties": false, "required": ["id", "class"],
  "properties": {
  "id": {"type": "string"}, "class": {"enum": ["human", "service", "agent"]},
  "display_name": {"type": "string"}, "roles": {"$ref": "#/components/schemas/Names"},
  "entitlements": {"$ref": "#/components/schemas/Scope"},
  "agent": {"$ref": "#/components/schemas/AgentProfile"}}},
"Identity": {"type": "object", "required": ["id", "class", "state"], "properties": {
  "id": {"type": "string"}, "class": {"type": "string"},
  "state": {"enum": ["draft", "active", "suspended", "retired"]},
  "revision": {"type": "integer"}}},
"IdentityList": {"type": "object", "required": ["items"], "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/Identity"}}}},
"ChangeList": {"type": "object", "required": ["items"], "properties": {
  "next_after": {"type": "integer", "description": "`after` of the next page, while more follow"},
  "items": {"type": "array", "items": {"type": "object"}}}},
"TokenSpec": {"type": "object", "additionalProperties": false, "required": ["lifetime"],
  "properties": {"lifetime": {"type": "string", "description": "a duration such as `30d`"}}},
"IssuedToken": {"type": "object", "required": ["id", "token", "expires_at"], "properties": {
  "id": {"type": "string"}, "token": {"type": "string", "description": "a secret"},
  "expires_at": {"type": "string", "format": "date-time"}}},
"ServerImport": {"type": "object", "additionalProperties": false, "required": ["server"],
  "properties": {"server": {"type": "object"}, "bindings": {"type": "object",
    "description": "from tool name to what a call of it touches and does"}}},
"ServerImported": {"type": "object", "required": ["server", "tools"], "properties": {
  "server": {"type": "object"},
  "tools": {"type": "array", "items": {"$ref": "#/components/schemas/Tool"}}}},
"ServerName": {"type": "object", "required": ["server"], "properties": {
  "server": {"type": "string"}}},
"ServerList": {"type": "object", "required": ["items"], "properties": {
  "items": {"type": "array", "items": {"type": "object"}}}},
"Tool": {"type": "object"},
"ToolList": {"type": "object", "required": ["items"], "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/Tool"}}}},
"ToolApproval": {"type": "object", "additionalProperties": false, "properties": {
  "tools": {"type": "array", "items": {"type": "string"}, "minItems": 1,
    "description": "all that have a binding when absent"},
  "digests": {"type": "object", "additionalProperties": {"type": "string"},
    "description": "from tool name to the digest that was reviewed"}}},
"TaskSpec": {"type": "object", "additionalProperties": false,
  "required": ["agent", "goal", "trigger", "scope", "budget"], "properties": {
  "agent": {"type": "string"}, "goal": {"type": "string"},
  "trigger": {"type": "object", "additionalProperties": false, "required": ["kind", "reference"],
    "properties": {"kind": {"type": "string"}, "reference": {"type": "string"}}},
  "on_behalf_of": {"type": "string"},
  "scope": {"$ref": "#/components/schemas/Scope"},
  "budget": {"type": "object", "additionalProperties": false, "required": ["calls"],
    "properties": {"calls": {"type": "integer"}}},
  "deadline": {"type": "string", "format": "date-time"},
  "deadline_in": {"type": "string", "description": "a duration such as `30m`"},
  "parent": {"type": "string"}}},
"Task": {"type": "object", "required": ["id", "agent", "state"], "properties": {
  "id": {"type": "string"}, "agent": {"type": "string"}, "state": {"enum": ["open", "ended"]}}},
"TaskList": {"type": "object", "required": ["items"], "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}}}},
"TaskStarted": {"type": "object", "required": ["task", "claim"], "properties": {
  "task": {"$ref": "#/components/schemas/Task"},
  "claim": {"type": "string", "description": "a secret, for one instance"}}},
"TaskEnd": {"type": "object", "additionalProperties": false, "required": ["reason"],
  "properties": {"reason": {"type": "string"}}},
"TaskErase": {"type": "object", "additionalProperties": false, "required": ["reason"],
  "properties": {"reason": {"type": "string", "minLength": 1, "maxLength": 1000}}},
"Erasure": {"type": "object",
  "required": ["task", "keys", "by", "credential", "reason", "records", "ledger_index"],
  "properties": {"task": {"type": "string"},
  "keys": {"type": "array", "items": {"type": "string"},
    "description": "what the destroyed keys were of"},
  "by": {"type": "string"}, "credential": {"type": "string"}, "reason": {"type": "string"},
  "records": {"type": "integer", "description": "entries of the ledger whose values they sealed"},
  "ledger_index": {"type": "integer"}}},
"CredentialRequest": {"type": "object", "additionalProperties": false, "properties": {
  "claim": {"type": "string"}}},
"Credential": {"type": "object",
  "required": ["access_token", "token_type", "expires_in", "task", "instance", "session"],
  "properties": {
  "access_token": {"type": "string", "description": "a secret"},
  "token_type": {"enum": ["DPoP", "Bearer"]}, "expires_in": {"type": "integer"},
  "task": {"type": "string"}, "instance": {"type": "string"}, "session": {"type": "string"}}},
"Approval": {"type": "object", "required": ["id", "state"], "properties": {
  "id": {"type": "string"},
  "state": {"enum": ["pending", "granted", "refused", "expired", "used"]}}},
"ApprovalList": {"type": "object", "required": ["items"], "properties": {
  "next_before": {"type": "string", "description": "`before` of the next page, while more follow"},
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/Approval"}}}},
"Grant": {"type": "object", "additionalProperties": false, "required": ["digest"],
  "properties": {"digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}}},
"Refusal": {"type": "object", "additionalProperties": false,
  "properties": {"note": {"type": "string"}}},
"DecisionRecord": {"type": "object", "properties": {
  "values": {"enum": ["open", "erased", "locked", "tampered"],
    "description": "whether the values that were sealed can be read; absent where none were"}}},
"DecisionList": {"type": "object", "required": ["items"], "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/DecisionRecord"}},
  "next_before": {"type": "integer"},
  "not_indexed": {"type": "integer",
    "description": "so many newest ledger entries were not looked at yet"}}},
"Explanation": {"type": "object",
  "required": ["id", "verdict", "summary", "accountable", "gates", "policies", "path", "complete"],
  "properties": {
  "not_indexed": {"type": "integer", "description": "entries that this could not tell of yet"},
  "summary": {"type": "string", "description": "in plain words"},
  "accountable": {"type": "object", "required": ["authorised_by", "monitored_by", "may_stop"]},
  "gates": {"type": "array", "items": {"type": "object", "required": ["gate", "result", "why"]}},
  "complete": {"type": "boolean"}, "missing": {"$ref": "#/components/schemas/Names"}}},
"TimelineItem": {"type": "object", "required": ["entry", "at", "kind", "words"], "properties": {
  "entry": {"type": "integer"}, "at": {"type": "string", "format": "date-time"},
  "kind": {"type": "string"}, "words": {"type": "string"},
  "gap_ms": {"type": "integer", "description": "since the item before"},
  "offered": {"$ref": "#/components/schemas/Names"}, "chosen": {"type": "string"},
  "hop": {"type": "object", "description": "from one system to another"}}},
"Timeline": {"type": "object", "required": ["subject", "id", "items", "touched"], "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/TimelineItem"}},
  "not_indexed": {"type": "integer", "description": "entries that this could not tell of yet"},
  "touched": {"type": "object"}, "next_from": {"type": "integer"}}},
"Trace": {"type": "object",
  "required": ["decision", "backward", "forward", "touched", "complete", "missing"], "properties": {
  "backward": {"type": "array", "items": {"$ref": "#/components/schemas/TimelineItem"}},
  "forward": {"type": "array", "items": {"$ref": "#/components/schemas/TimelineItem"}},
  "not_indexed": {"type": "integer", "description": "entries that this could not tell of yet"},
  "complete": {"type": "boolean"}, "next_from": {"type": "integer"}}},
"Entitlements": {"type": "object",
  "required": ["agent", "at", "state", "may_act", "tasks", "policies", "unknown"], "properties": {
  "not_indexed": {"type": "integer", "description": "entries that this could not tell of yet"},
  "may_act": {"type": "boolean"}, "why_not": {"type": "string"},
  "tasks": {"type": "array", "items": {"type": "object"}}}},
"Outcome": {"type": "object", "additionalProperties": false, "required": ["status"],
  "properties": {"status": {"enum": ["ok", "tool_error", "unknown"]},
  "bytes": {"type": "integer", "minimum": 0}, "took_ms": {"type": "integer", "minimum": 0},
  "detail": {"type": "string"}}},
"Need": {"type": "object", "additionalProperties": false, "required": ["approvers", "quorum"],
  "properties": {"approvers": {"type": "string", "description": "a role, or the id of one human"},
    "quorum": {"type": "integer", "minimum": 1}}},
"TierControls": {"type": "object", "additionalProperties": false, "properties": {
  "approval": {"type": "array", "items": {"$ref": "#/components/schemas/Need"},
    "description": "who approves an action of this tier"},
  "max_tools": {"type": "integer", "minimum": 0,
    "description": "in the scope of a task that takes such an action; 0: no bound"},
  "credential_lifetime": {"type": "string", "description": "at most, such as `5m`"}}},
"TierTable": {"type": "object", "additionalProperties": false, "properties": {
  "low": {"$ref": "#/components/schemas/TierControls"},
  "elevated": {"$ref": "#/components/schemas/TierControls"},
  "high": {"$ref": "#/components/schemas/TierControls"}}},
"PolicySet": {"type": "object", "additionalProperties": false, "required": ["policies"],
  "properties": {"policies": {"type": "object", "additionalProperties": {"type": "string"},
    "description": "from name to Cedar text"},
  "high_tier_needs": {"type": "array", "items": {"$ref": "#/components/schemas/Need"},
    "description": "who approves high-tier actions for which no policy names approvers"},
  "tiers": {"$ref": "#/components/schemas/TierTable"},
  "tests": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/PolicyTests"},
    "description": "from suite to test document; all must pass before the set is published"},
  "note": {"type": "string", "description": "why, for whoever reviews it"},
  "expected_newly_denied": {"$ref": "#/components/schemas/ExpectedNewlyDenied"}}},
"ExpectedNewlyDenied": {"type": "integer", "minimum": 0,
  "description": "how many recent decisions that pass now the set may deny; refused with more"},
"PolicyApproval": {"type": "object", "additionalProperties": false, "required": ["digest"],
  "properties": {"digest": {"type": "string", "description": "as it was shown"},
  "expected_newly_denied": {"$ref": "#/components/schemas/ExpectedNewlyDenied"}}},
"PolicySimulation": {"type": "object",
  "description": "recent decisions, each made again under the set in force and under the draft",
  "required": ["draft", "base", "decisions", "newly_allowed", "newly_held", "newly_denied",
    "loosened", "passed", "same", "undecidable", "from", "to", "most", "since", "changes"],
  "properties": {"draft": {"type": "string", "description": "digest"},
  "base": {"type": "string", "description": "digest of the set in force, compared with"},
  "decisions": {"type": "integer"}, "newly_allowed": {"type": "integer"},
  "newly_held": {"type": "integer"}, "newly_denied": {"type": "integer"},
  "loosened": {"type": "integer", "description": "newly allowed, or held and no longer denied"},
  "passed": {"type": "integer", "description": "what the set in force does not deny"},
  "same": {"type": "integer"},
  "undecidable": {"type": "integer", "description": "erased, or too large to be recorded"},
  "from": {"type": "integer", "description": "entry of the ledger"},
  "to": {"type": "integer", "description": "not included"},
  "most": {"type": "integer", "description": "decisions that are looked at"},
  "since": {"type": "string"}, "first": {"type": "string"}, "last": {"type": "string"},
  "changes": {"type": "array", "description": "what loosens first", "items": {"type": "object",
    "required": ["agent", "tool", "before", "after", "reason", "decisions", "example", "entry"],
    "properties": {"agent": {"type": "string"}, "tool": {"type": "string"},
    "before": {"$ref": "#/components/schemas/VerdictName"},
    "after": {"$ref": "#/components/schemas/VerdictName"}, "reason": {"type": "string"},
    "decisions": {"type": "integer"},
    "example": {"type": "string", "description": "id of the newest of these decisions"},
    "entry": {"type": "integer"}}}},
  "more_changes": {"type": "integer", "description": "kinds of change that are not listed"}}},
"VerdictName": {"enum": ["allow", "deny", "hold"]},
"PolicyPreview": {"type": "object",
  "required": ["outcome", "digest", "loosens", "widens", "tightens", "simulation"],
  "properties": {"outcome": {"enum": ["published", "proposed", "refused"]},
  "digest": {"type": "string"}, "reason": {"type": "string"}, "problem": {"type": "string"},
  "loosens": {"$ref": "#/components/schemas/Names"},
  "widens": {"$ref": "#/components/schemas/Names"},
  "tightens": {"$ref": "#/components/schemas/Names"},
  "simulation": {"$ref": "#/components/schemas/PolicySimulation"}}},
"PolicyCoverage": {"type": "object",
  "required": ["tiers", "enforced_policies", "observed_policies"], "properties": {
  "tiers": {"type": "array", "items": {"type": "object",
    "required": ["tier", "decisions", "enforced"], "properties": {"tier": {"type": "string"},
    "decisions": {"type": "integer"}, "enforced": {"type": "integer"},
    "share": {"type": "number"}}}},
  "enforced_policies": {"type": "integer"},
  "observed_policies": {"$ref": "#/components/schemas/Names"}}},
"Finding": {"type": "object", "required": ["id", "kind", "state", "assigned_to", "summary"],
  "properties": {"id": {"type": "string"}, "kind": {"type": "string"},
  "state": {"enum": ["open", "closed"]}, "agent": {"type": "string"}, "by": {"type": "string"},
  "assigned_to": {"type": "string"}, "summary": {"type": "string"}}},
"FindingList": {"type": "object", "required": ["items"], "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}}}},
"ExportRequest": {"type": "object", "additionalProperties": false, "properties": {
  "task": {"type": "string", "description": "what concerns this task and those below it"},
  "agent": {"type": "string", "description": "what concerns this agent"},
  "from": {"type": "integer", "minimum": 0, "description": "the first entry"},
  "to": {"type": "integer", "minimum": 0, "description": "the entry to stop before"},
  "since": {"type": "string",
    "description": "a checkpoint that whoever gets the bundle has kept, a signed note"},
  "open": {"type": "boolean", "description": "the values that records seal, too"}}},
"Hold": {"type": "object", "required": ["name", "from"], "properties": {
  "name": {"type": "string"}, "from": {"type": "integer"},
  "to": {"type": "integer", "description": "the entry to stop before; absent: none"},
  "by": {"type": "string"}, "credential": {"type": "string"}, "reason": {"type": "string"},
  "ledger_index": {"type": "integer", "description": "of the record that says so"}}},
"HoldList": {"type": "object", "required": ["items"], "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/Hold"}}}},
"HoldRequest": {"type": "object", "additionalProperties": false, "required": ["name", "reason"],
  "properties": {"name": {"type": "string", "pattern": "^[a-z0-9._-]{1,64}$"},
  "from": {"type": "integer", "minimum": 0, "description": "the first entry; 0"},
  "to": {"type": "integer", "minimum": 1,
    "description": "the entry to stop before; without, whatever comes"},
  "reason": {"type": "string", "minLength": 1, "maxLength": 1000}}},
"HoldRelease": {"type": "object", "additionalProperties": false, "required": ["reason"],
  "properties": {"reason": {"type": "string", "minLength": 1, "maxLength": 1000}}},
"FindingClosure": {"type": "object", "additionalProperties": false, "required": ["note"],
  "properties": {"note": {"type": "string"}}},
"PolicyTests": {"type": "object", "required": ["cases"],
  "description": "test cases, as docs/formats/policy-tests.md has them",
  "properties": {"defaults": {"type": "object"},
    "policies": {"type": "array", "minItems": 1, "items": {"type": "string"},
      "description": "the texts of the set that the cases are about; the whole set without"},
    "tiers": {"type": "object", "description": "with `policies`: the tier table of that part"},
    "cases": {"type": "array", "items": {
    "type": "object", "required": ["name", "request", "expect"],
    "properties": {"name": {"type": "string"}, "request": {"type": "object"},
      "expect": {"type": "object", "required": ["verdict"]}}}}}},
"PolicyVersionList": {"type": "object", "required": ["items"], "properties": {
  "next_before": {"type": "integer", "description": "`before` of the next page, while more follow"},
  "items": {"type": "array", "items": {"type": "object", "required": ["version", "digest"]}}}},
"PolicyProposal": {"type": "object",
  "required": ["id", "state", "author", "digest", "before", "loosens", "set"],
  "properties": {"id": {"type": "string"},
    "state": {"enum": ["open", "published", "refused", "superseded"]},
    "author": {"type": "string"}, "digest": {"type": "string"}, "before": {"type": "string"},
    "loosens": {"$ref": "#/components/schemas/Names"},
    "widens": {"$ref": "#/components/schemas/Names"},
    "tightens": {"$ref": "#/components/schemas/Names"},
    "simulation": {"$ref": "#/components/schemas/PolicySimulation"},
    "set": {"$ref": "#/components/schemas/PolicySet"}}},
"PolicyProposalList": {"type": "object", "required": ["items"], "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/PolicyProposal"}}}},
"PolicyVersion": {"type": "object", "required": ["version", "digest", "policies"],
  "properties": {"version": {"type": "integer"}, "digest": {"type": "string"},
  "policies": {"type": "object", "additionalProperties": {"type": "string"}},
  "high_tier_needs": {"type": "array", "items": {"$ref": "#/components/schemas/Need"}},
  "tiers": {"$ref": "#/components/schemas/TierTable"},
  "simulation": {"$ref": "#/components/schemas/PolicySimulation"}}},
"PolicyCheck": {"type": "object", "required": ["ok", "findings"], "properties": {
  "ok": {"type": "boolean"}, "policies": {"type": "integer"}, "digest": {"type": "string"},
  "findings": {"type": "array", "items": {"$ref": "#/components/schemas/PolicyFinding"}}}},
"PolicyFinding": {"type": "object",
  "required": ["name", "policy", "severity", "code", "line", "column", "offset", "length",
    "message", "expected", "hint", "text"],
  "properties": {"name": {"type": "string"}, "policy": {"type": "string"},
  "severity": {"enum": ["error", "warning"]}, "code": {"type": "string"},
  "line": {"type": "integer"}, "column": {"type": "integer", "description": "in characters"},
  "offset": {"type": "integer", "description": "in bytes"},
  "length": {"type": "integer", "description": "in bytes; 0 where there is no place"},
  "message": {"type": "string"}, "hint": {"type": "string"},
  "expected": {"$ref": "#/components/schemas/Names"},
  "text": {"type": "string", "description": "the line"},
  "request": {"type": "object", "description": "the first kind of request that shows it",
    "properties": {"principal": {"type": "string"}, "action": {"type": "string"},
    "resource": {"type": "string"}}}}},
"PolicySchema": {"type": "object", "required": ["schema", "json"], "properties": {
  "schema": {"type": "string", "description": "in Cedar's human syntax"},
  "json": {"type": "object", "description": "the same in Cedar's JSON syntax"}}},
"LedgerEntries": {"type": "object", "required": ["items", "size"], "properties": {
  "items": {"type": "array", "items": {"type": "object", "required": ["index", "record"],
    "properties": {"index": {"type": "integer"}, "record": {"type": "object"}}}},
  "size": {"type": "integer"}, "next_from": {"type": "integer"}}},
"LedgerConsistency": {"type": "object", "required": ["from", "to", "hashes"], "properties": {
  "from": {"type": "integer"}, "to": {"type": "integer"},
  "hashes": {"type": "array", "items": {"type": "string"}}}},
"Alive": {"type": "object", "required": ["status"], "properties": {"status": {"const": "ok"}}},
"Readiness": {"type": "object", "required": ["ready", "problems", "warnings"], "properties": {
  "ready": {"type": "boolean"}, "problems": {"$ref": "#/components/schemas/Names"},
  "warnings": {"type": "array", "items": {"type": "object",
    "required": ["code", "message", "remedy"], "properties": {"code": {"type": "string"},
    "message": {"type": "string"}, "remedy": {"type": "string"}}}},
  "ledger_entries": {"type": "integer"}, "registry_revision": {"type": "integer"},
  "open_tasks": {"type": "integer"}, "pending_approvals": {"type": "integer"}}},
"Evaluation": {"type": "object", "required": ["subject", "action", "resource"], "properties": {
  "subject": {"type": "object", "required": ["type", "id"], "properties": {
    "type": {"type": "string"}, "id": {"type": "string"}, "properties": {"type": "object"}}},
  "action": {"type": "object", "required": ["name"], "properties": {
    "name": {"type": "string"}, "properties": {"type": "object"}}},
  "resource": {"type": "object", "required": ["type", "id"], "properties": {
    "type": {"type": "string"}, "id": {"type": "string"}, "properties": {"type": "object"}}},
  "context": {"type": "object", "properties": {
    "arguments": {"type": "object"}, "task": {"type": "string"},
    "instance": {"type": "string"}, "intent": {"type": "string"},
    "justification": {"type": "string"}}}}},
"EvaluationAnswer": {"type": "object", "required": ["decision"], "properties": {
  "decision": {"type": "boolean"}, "context": {"type": "object", "properties": {
    "id": {"type": "string"}, "verdict": {"enum": ["allow", "deny", "hold"]},
    "reasons": {"type": "array", "items": {"type": "object"}},
    "ledger_index": {"type": "integer"}, "arguments": {"type": "object"},
    "revision": {"$ref": "#/components/schemas/Revision"},
    "approval": {"type": "object"}}}}},
"Revision": {"type": "object", "required": ["policy", "epoch"], "properties": {
  "policy": {"type": "integer", "description": "version of the policy set"},
  "epoch": {"type": "integer", "description": "of everything that reduced authority"}}},
"Evaluations": {"type": "object", "properties": {
  "subject": {"type": "object"}, "action": {"type": "object"}, "resource": {"type": "object"},
  "context": {"type": "object"},
  "evaluations": {"type": "array", "maxItems": 256, "items": {"type": "object"},
    "description": "what an item lacks is taken from the members beside; none: one evaluation"},
  "options": {"type": "object", "properties": {"evaluations_semantic": {
    "enum": ["execute_all", "deny_on_first_deny", "permit_on_first_permit"]}}}}},
"EvaluationsAnswer": {"type": "object", "properties": {
  "evaluations": {"type": "array", "items": {"$ref": "#/components/schemas/EvaluationAnswer"}},
  "decision": {"type": "boolean", "description": "in place of `evaluations`, when none were sent"},
  "context": {"type": "object"}}},
"SearchedEntity": {"type": "object", "required": ["type"], "properties": {
  "type": {"type": "string"}, "properties": {"type": "object"}}},
"GivenEntity": {"type": "object", "required": ["type", "id"], "properties": {
  "type": {"type": "string"}, "id": {"type": "string"}, "properties": {"type": "object"}}},
"SearchedAction": {"type": "object", "required": ["name"], "properties": {
  "name": {"type": "string"}, "properties": {"type": "object"}}},
"PageRequest": {"type": "object", "properties": {
  "token": {"type": "string", "description": "`next_token` of the page before"},
  "limit": {"type": "integer", "minimum": 0}, "properties": {"type": "object"}}},
"SubjectSearch": {"type": "object", "required": ["subject", "action", "resource"], "properties": {
  "subject": {"$ref": "#/components/schemas/SearchedEntity"},
  "action": {"$ref": "#/components/schemas/SearchedAction"},
  "resource": {"$ref": "#/components/schemas/GivenEntity"},
  "context": {"type": "object"}, "page": {"$ref": "#/components/schemas/PageRequest"}}},
"ResourceSearch": {"type": "object", "required": ["subject", "action", "resource"], "properties": {
  "subject": {"$ref": "#/components/schemas/GivenEntity"},
  "action": {"$ref": "#/components/schemas/SearchedAction"},
  "resource": {"$ref": "#/components/schemas/SearchedEntity"},
  "context": {"type": "object"}, "page": {"$ref": "#/components/schemas/PageRequest"}}},
"ActionSearch": {"type": "object", "required": ["subject", "resource"], "properties": {
  "subject": {"$ref": "#/components/schemas/GivenEntity"},
  "resource": {"$ref": "#/components/schemas/GivenEntity"},
  "context": {"type": "object"}, "page": {"$ref": "#/components/schemas/PageRequest"}}},
"SearchAnswer": {"type": "object", "required": ["results", "page"], "properties": {
  "page": {"type": "object", "required": ["next_token"], "properties": {
    "next_token": {"type": "string", "description": "empty on the last page"},
    "count": {"type": "integer"}}},
  "context": {"type": "object", "properties": {"id": {"type": "string"},
    "ledger_index": {"type": "integer"},
    "revision": {"$ref": "#/components/schemas/Revision"}}},
  "results": {"type": "array", "items": {"type": "object", "properties": {
    "type": {"type": "string"}, "id": {"type": "string"}, "name": {"type": "string"},
    "properties": {"type": "object", "properties": {"tasks": {"type": "array",
      "items": {"type": "object", "required": ["task", "instance"], "properties": {
        "task": {"type": "string"}, "instance": {"type": "string"},
        "targets": {"type": "array", "items": {"type": "object"}}}}}}}}}}}},
"OpaInput": {"type": "object", "required": ["input"], "properties": {
  "input": {"type": "object", "description": "a tool call, or an evaluation"}}},
"OpaDecision": {"type": "object", "required": ["result"], "properties": {
  "decision_id": {"type": "string"},
  "result": {"type": "object", "required": ["decision", "allow", "reason"], "properties": {
    "decision": {"enum": ["allow", "deny"]}, "allow": {"type": "boolean"},
    "reason": {"type": "string"}, "verdict": {"enum": ["allow", "deny", "hold"]},
    "reasons": {"type": "array", "items": {"type": "object"}},
    "ledger_index": {"type": "integer"}, "arguments": {"type": "object"},
    "revision": {"$ref": "#/components/schemas/Revision"},
    "approval": {"type": "object"}}}}},
"OpaAllow": {"type": "object", "required": ["result"], "properties": {
  "decision_id": {"type": "string"}, "result": {"type": "boolean"}}},
"OpaTools": {"type": "object", "required": ["result"], "properties": {
  "decision_id": {"type": "string"}, "result": {"$ref": "#/components/schemas/Names"},
  "warning": {"type": "object"}}}
})json";
}

}  // namespace ambit::doors::rest
