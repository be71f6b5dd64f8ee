// Changes policies in JSON into others, mostly well formed, that text cannot or seldom says.

const variable = (random) => ({Var: random.pick(['principal', 'action', 'resource', 'context'])});

const values = [
  true, 0, -1, 'a', [], [1, 'a', [2]], {}, {n: 1, 'a b': [{}]}, {__entity: {type: 'U', id: 'a'}},
  {__extn: {fn: 'ip', arg: '10.0.0.1'}}, {__extn: {fn: 'decimal', arg: 'x'}},
  {__extn: {fn: 'offset', args: [{__extn: {fn: 'datetime', arg: '2024-01-01'}},
                                 {__extn: {fn: 'duration', arg: '1d'}}]}},
  [{__extn: {fn: 'duration', arg: '1h'}}, {__entity: {type: 'A::B', id: '"'}}],
];

const shapes = [
  (random) => ({Value: random.pick(values)}),
  (random) => variable(random),
  (random, a) => ({has: {left: a, attr: random.pick([['r', 'n'], ['s'], ['a b'], ['r', 'e', 'r', 'n']])}}),
  (random) => ({has: {left: variable(random), attr: random.pick([['a b', 'c'], ['r', 'if', '']])}}),
  (random, a) => ({has: {left: a, attr: random.pick(['n', 'if', ''])}}),
  (random, a) => ({'!': {arg: a}}),
  (random, a) => ({neg: {arg: a}}),
  (random, a) => ({isEmpty: {arg: a}}),
  (random, a) => ({like: {left: a, pattern: random.pick([
    [], ['Wildcard'], ['Wildcard', 'Wildcard', {Literal: 'a*'}], [{Literal: 'ab'}, {Literal: ''}, 'Wildcard']])}}),
  (random, a) => ({is: {left: a, entity_type: random.pick(['U', 'A::B'])}}),
  (random, a, b) => ({is: {left: a, entity_type: 'U', in: b}}),
  (random, a, b) => ({[random.pick(['&&', '||', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', 'in',
    'contains', 'containsAll', 'containsAny', 'getTag', 'hasTag'])]: {left: a, right: b}}),
  (random, a, b) => ({'if-then-else': {if: a, then: b, else: a}}),
  (random, a, b) => ({Set: [a, b, a]}),
  (random, a, b) => ({Record: {b, a, 'if': a}}),
  (random, a, b) => ({'.': {left: b, attr: random.pick(['n', 'a b', 'if'])}}),
  (random, a, b) => ({[random.pick(['ip', 'decimal', 'datetime', 'duration'])]: random.pick([[a], [a, b]])}),
  (random, a, b) => ({[random.pick(['lessThan', 'isInRange', 'offset', 'durationSince'])]: [a, b]}),
  (random, a) => ({[random.pick(['isIpv4', 'toDate', 'toTime', 'toDays', 'isLoopback'])]: [a]}),
];

// What a reader must refuse.
const mistakes = [
  () => ({Slot: '?principal'}), () => ({}), () => 1, () => 'principal', () => null, () => [],
  () => ({Var: 'subject'}), () => ({nothing: []}), () => ({'==': {left: {Var: 'principal'}}}),
  () => ({Var: 'principal', Value: 1}), () => ({is: {left: {Var: 'principal'}, entity_type: '1'}}),
  () => ({has: {left: {Var: 'principal'}, attr: []}}), () => ({'.': {left: {Var: 'context'}, attr: 1}}),
  () => ({Value: {__entity: {type: 'if', id: ''}}}),
];

function tree(random, depth) {
  const part = () => (depth <= 0 ? variable(random) : tree(random, depth - 1));
  return random.pick(shapes)(random, part(), part());
}

// Replaces some expressions within.
function mutated(random, expr) {
  if (random.chance(0.02)) return random.pick(mistakes)();
  if (random.chance(0.15)) return tree(random, random.below(3));
  if (expr === null || typeof expr !== 'object') return expr;
  const [op] = Object.keys(expr);
  const inside = expr[op];
  if (op === 'Value' || op === 'Var' || op === undefined) return expr;
  if (Array.isArray(inside)) return {[op]: inside.map((each) => mutated(random, each))};
  if (op === 'Record') {
    return {Record: Object.fromEntries(Object.entries(inside).map(([k, v]) => [k, mutated(random, v)]))};
  }
  const parts = ['left', 'right', 'arg', 'if', 'then', 'else', 'in'];
  return {[op]: Object.fromEntries(Object.entries(inside).map(
      ([key, value]) => [key, parts.includes(key) ? mutated(random, value) : value]))};
}

export function altered(random, policy) {
  const conditions = policy.conditions.map(({kind, body}) => ({kind, body: mutated(random, body)}));
  if (random.chance(0.5)) conditions.push({kind: random.pick(['when', 'unless']), body: tree(random, 3)});
  const out = {...policy, conditions};
  if (random.chance(0.1)) out.annotations = {a: null, b: '', 'if': 'x'};
  if (random.chance(0.05)) out.action = random.pick([
    {op: 'all'}, {op: 'in', entities: []}, {op: 'in', entities: [{type: 'Action', id: 'x'}]},
    {op: '==', entity: {__entity: {type: 'Action', id: 'x'}}}, {op: '==', entity: {type: 'U', id: 'x'}},
    {op: '!='}, {op: 'in'},
  ]);
  return out;
}

// The same with each `a has b.c` as `a has b && a.b has c`. Ours writes the short form where the long
// one would grow without bounds, and the Rust implementation prints a path with a step in quotes as
// text that it cannot read.
export function withoutPaths(json) {
  if (Array.isArray(json)) return json.map(withoutPaths);
  if (json === null || typeof json !== 'object') return json;
  const {left, attr} = json.has ?? {};
  if (Object.keys(json).length !== 1 || !left || !Array.isArray(attr)) {
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, withoutPaths(value)]));
  }
  let owner = withoutPaths(left);
  let out;
  for (const step of attr) {
    const test = {has: {left: owner, attr: step}};
    out = out ? {'&&': {left: out, right: test}} : test;
    owner = {'.': {left: owner, attr: step}};
  }
  return out;
}
