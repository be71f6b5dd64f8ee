// Several policies in one text: decision, JSON and layout, and whether the text is refused.
import {difference, isRefused, keepsComments} from '../lib/compare.mjs';
import {Data} from '../lib/entities.mjs';
import {withoutPaths} from '../lib/est.mjs';
import {Policies} from '../lib/policies.mjs';
import * as reference from '../lib/reference.mjs';
import {broken, respaced} from '../lib/text.mjs';

export const name = 'texts';
export const weight = 85;

export function make(random) {
  const policies = new Policies(random);
  const data = new Data(random);
  const withTemplates = random.chance(0.1);
  let text = random.times(random.chance(0.02) ? 0 : 1 + random.below(5), () => {
    return policies.policy(withTemplates && random.chance(0.5));
  }).join('\n');
  const change = random.next();
  if (change < 0.15) text = broken(random, text || ';');
  if (change > 0.5) text = respaced(random, text);
  const options = random.chance(0.8) ? {} :
      {lineWidth: random.pick([1, 20, 40, 79, 80, 81, 120]), indentWidth: random.pick([2, 3, 4, 8])};
  return {
    what: ['decision', 'est', 'format'],
    policies: {staticPolicies: text},
    entities: data.entities(),
    request: data.request(),
    ...options,
  };
}

const options = ({lineWidth, indentWidth}) =>
    (lineWidth === undefined ? {} : {lineWidth, indentWidth});

// Throws away ids, whose order is that of the text.
function withoutIds(set) {
  if (isRefused(set)) return set;
  const inOrder = (policies) => Object.keys(policies)
      .sort((a, b) => Number(a.slice(6)) - Number(b.slice(6))).map((id) => policies[id]);
  return {staticPolicies: inOrder(set.staticPolicies), templates: inOrder(set.templates)};
}

export function expected(cedar, question) {
  const text = question.policies.staticPolicies;
  return {
    decision: reference.decision(cedar, question.policies, question.entities, question.request),
    est: reference.est(cedar, text),
    format: reference.format(cedar, text, options(question)),
  };
}

// Theirs drops the comments of a comma that it drops, and is at times not yet what it makes of its
// own result: both are defects that ours does not share.
function isDefective(cedar, question, theirs) {
  const text = question.policies.staticPolicies;
  return !keepsComments(text, theirs) || reference.format(cedar, theirs, options(question)) !== theirs;
}

function layoutDifference(cedar, question, ours, theirs) {
  if (!isRefused(ours) && !keepsComments(question.policies.staticPolicies, ours)) {
    return `we lose a comment:\n${ours}`;
  }
  const different = difference(ours, theirs);
  if (!different || isRefused(theirs)) return different;
  return isDefective(cedar, question, theirs) ? undefined : different;
}

export function compare(cedar, question, ours, theirs) {
  return {
    decision: difference(ours.decision, theirs.decision),
    est: difference(withoutPaths(withoutIds(ours.est)), theirs.est),
    format: layoutDifference(cedar, question, ours.format, theirs.format),
  };
}
