// A schema, policies and data: conversion of the schema, validation, and decisions on data that the
// schema explains.
import {difference} from '../lib/compare.mjs';
import {Policies} from '../lib/policies.mjs';
import * as reference from '../lib/reference.mjs';
import {Schemas} from '../lib/schemas.mjs';
import {broken} from '../lib/text.mjs';

export const name = 'schemas';
export const weight = 30;

export function make(random, cedar) {
  const schemas = new Schemas(random);
  const careful = random.chance(0.6);
  const actions = schemas.actions.map((action) => {
    const {type, id} = schemas.actionUid(action);
    return `${type}::"${id}"`;
  });
  const policies = new Policies(random, {noise: careful ? 0 : 0.01, careful, actions});
  const count = 1 + random.below(5);
  const named = (prefix, n, one) => Object.fromEntries(random.times(n, (_, i) => [prefix + i, one()]));
  let schema = schemas.text();
  if (random.chance(0.1)) schema = broken(random, schema);
  if (random.chance(0.3)) {
    const json = cedar.schemaToJson(schema);
    if (json.type === 'success') schema = json.json;
  }
  return {
    what: ['schema', 'validate', 'guided'],
    schema,
    policies: {
      staticPolicies: named('s', count, () => policies.policy()),
      templates: random.chance(0.2) ? named('t', 2, () => policies.template()) : {},
    },
    entities: schemas.entities(),
    request: schemas.request(),
  };
}

const idsOf = (list) => [...new Set(list.map((each) => each.policyId))].sort();

function validation(cedar, schema, policies) {
  const result = cedar.validate({schema, policies, validationSettings: {mode: 'strict'}});
  if (result.type !== 'success') return reference.refused(result);
  return {errors: idsOf(result.validationErrors), warnings: idsOf(result.validationWarnings)};
}

function converted(cedar, schema) {
  const result = typeof schema === 'string' ? cedar.schemaToJson(schema) : cedar.schemaToText(schema);
  return result.type === 'success' ? result.json ?? result.text : reference.refused(result);
}

export function expected(cedar, {schema, policies, entities, request}) {
  return {
    schema: converted(cedar, schema),
    validate: validation(cedar, schema, policies),
    guided: reference.decision(cedar, policies, entities, {...request, schema, validateRequest: true}),
  };
}

// The Rust implementation takes the last of two attributes of one name, against the specification.
const hasTwins = (ours) => /declared twice/.test(ours.schema.refused);

export function compare(_cedar, _question, ours, theirs) {
  if (hasTwins(ours)) return {};
  return {
    schema: difference(ours.schema, theirs.schema),
    validate: difference(ours.validate, theirs.validate),
    guided: difference(ours.guided, theirs.guided),
  };
}
