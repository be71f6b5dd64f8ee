// Policy sets of named policies, templates and links, in text and JSON mixed.
import {difference, isRefused} from '../lib/compare.mjs';
import {Data} from '../lib/entities.mjs';
import {altered, withoutPaths} from '../lib/est.mjs';
import {Policies} from '../lib/policies.mjs';
import * as reference from '../lib/reference.mjs';

export const name = 'sets';
export const weight = 15;

// Whether JavaScript has rounded an integer in it.
function hasLostNumber(json) {
  if (json === null || typeof json !== 'object') {
    return typeof json === 'number' && !Number.isSafeInteger(json);
  }
  return Object.values(json).some(hasLostNumber);
}

function links(random, data, templates) {
  const ids = Object.keys(templates);
  if (ids.length === 0) return [];
  return random.times(random.below(4), (_, i) => {
    const templateId = random.chance(0.95) ? random.pick(ids) : random.pick(['nowhere', 's0']);
    const slots = ['?principal', '?resource'].filter((slot) => {
      const wanted = (templates[templateId] ?? '').includes(slot);
      return random.chance(0.97) ? wanted : !wanted;
    });
    return {
      templateId,
      newId: random.chance(0.97) ? `l${i}` : random.pick(['s0', 't0', 'l0']),
      values: Object.fromEntries(slots.map((slot) => [slot, data.uid()])),
    };
  });
}

export function make(random, cedar) {
  const policies = new Policies(random);
  const data = new Data(random);
  const named = (prefix, count, makeOne) => Object.fromEntries(
      random.times(count, (_, i) => [prefix + i, makeOne()]));
  const fixed = named('s', random.below(4), () => policies.policy());
  const templates = named('t', random.below(3), () => policies.template());
  const templateLinks = links(random, data, templates);
  // Half of them as JSON, some of that changed.
  const asJson = (set, isTemplate) => {
    for (const id of Object.keys(set)) {
      if (random.chance(0.5)) continue;
      const json = reference.jsonOf(cedar, set[id], isTemplate);
      if (hasLostNumber(json)) continue;
      set[id] = random.chance(0.6) ? altered(random, json) : json;
    }
  };
  asJson(fixed, false);
  asJson(templates, true);
  return {
    what: ['decision', 'est'],
    policies: {staticPolicies: fixed, templates, templateLinks},
    entities: data.entities(),
    request: data.request(),
  };
}

// The JSON of what the reference prints for a policy, which is how it reads it.
function normal(cedar, policy, isTemplate) {
  const plain = typeof policy === 'string' ? policy : withoutPaths(policy);
  const printed = isTemplate ? cedar.templateToText(plain) : cedar.policyToText(plain);
  if (printed.type !== 'success') throw new Error(`${JSON.stringify(plain)} does not print`);
  return reference.jsonOf(cedar, printed.text, isTemplate);
}

export function expected(cedar, question) {
  const {policies, entities, request} = question;
  const decision = reference.decision(cedar, policies, entities, request);
  if (isRefused(decision)) return {decision, est: decision};
  const all = (set, isTemplate) => Object.fromEntries(
      Object.entries(set).map(([id, policy]) => [id, normal(cedar, policy, isTemplate)]));
  return {
    decision,
    est: {
      staticPolicies: all(policies.staticPolicies, false),
      templates: all(policies.templates, true),
      templateLinks: policies.templateLinks,
    },
  };
}

export function compare(_cedar, _question, ours, theirs) {
  return {decision: difference(ours.decision, theirs.decision), est: difference(withoutPaths(ours.est), theirs.est)};
}
