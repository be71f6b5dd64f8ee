#!/usr/bin/env node
// Makes listings of tools by chance and compares the schemas that our program makes of them with
// those of cedar-for-agents, both live:
//
//   node differential.mjs [--seed N] [--cases N] [--from N] [--oracle PATH]
//
// Prints its seed; `--seed S --from K --cases 1` makes case K of it again. Ends with `N passed, N
// failed`.
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {Oracle} from '../differential/lib/oracle.mjs';
import {Random} from '../differential/lib/random.mjs';

const {generateSchema} = createRequire(import.meta.url)('@cedar-policy/mcp-schema-generator-wasm');
const here = path.dirname(fileURLToPath(import.meta.url));
const {values: options} = parseArgs({
  options: {
    seed: {type: 'string', default: String(Date.now() % 1000000007)},
    cases: {type: 'string', default: '2000'},
    from: {type: 'string', default: '0'},
    oracle: {type: 'string', default: path.join(here, '../../../build/release/tests/cedar/cedar-oracle')},
  },
});

const kNames = ['path', 'mode', 'options', 'status', 'a_b', 'Input', 'count', 'Flag', 'x1'];
const kOddNames = ['in', 'user-id', '1st', 'a::b', '', 'Set', 'String', 'Null', 'Number'];
const kVariants = [['a', 'b'], ['b', 'a'], ['a'], ['fast', 'slow', 'x "y"']];
const kStubs = [
  `namespace Mcp { @mcp_principal entity User; @mcp_resource entity Server;
   @mcp_action action call_tool; }`,
  `namespace Mcp::Deep { @mcp_principal("U") entity User { id: String }; @mcp_principal entity Bot;
   @mcp_resource entity Server, Gateway; @mcp_context("session") type Session = { at: datetime };
   @mcp_action action call_tool; @mcp_action action any; action other; }`,
  `namespace Mcp { @mcp_principal @mcp_context("who") entity User; @mcp_resource entity Server;
   entity mode enum ["a", "b"]; entity options { count?: Long }; type status = String; }`,
  'namespace Mcp { @mcp_principal entity User; }',
  '@mcp_principal entity User; @mcp_resource entity Server;',
];

class Tools {
  constructor(random) {
    this.random = random;
  }

  name() {
    return this.random.chance(0.005) ? this.random.pick(kOddNames) : this.random.pick(kNames);
  }

  members(depth) {
    const properties = {};
    for (let i = this.random.below(4); i > 0; --i) properties[this.name()] = this.type(depth - 1);
    const out = {properties};
    const required = Object.keys(properties).filter(() => this.random.chance(0.5));
    if (this.random.chance(0.7)) out.required = required;
    return out;
  }

  scalar() {
    return this.random.pick([
      {type: 'boolean'}, {type: 'integer'}, {type: 'number'}, {type: 'float'}, {type: 'string'}, {type: 'null'},
      {type: 'string', format: 'date'}, {type: 'string', format: 'date-time'}, {type: 'string', format: 'duration'},
      {type: 'string', format: 'ipv4'}, {type: 'string', format: 'ipv6'}, {type: 'string', format: 'decimal'},
      {type: 'string', format: 'uri'}, {}, {enum: ['a']}, {type: 'integer', enum: [1]}, {type: true},
    ]);
  }

  type(depth) {
    const r = this.random;
    if (depth <= 0 || r.chance(0.35)) return structuredClone(this.scalar());
    switch (r.below(10)) {
      case 0: return {type: 'string', enum: structuredClone(r.pick(kVariants))};
      case 1: return {type: 'array', items: this.type(depth - 1)};
      case 2: return {type: 'array', prefixItems: [this.type(depth - 1), this.type(depth - 1)], items: false};
      case 3: return {type: 'array', prefixItems: [this.type(0), this.type(0)], items: this.type(0)};
      case 4: return {anyOf: [this.type(depth - 1), this.type(depth - 1)]};
      case 5: return {oneOf: [this.type(depth - 1)]};
      case 6: return {type: ['null', r.pick(['string', 'object', 'array', 'integer'])], items: this.type(depth - 1),
        ...this.members(depth)};
      case 7: return {type: 'object', ...this.members(depth), additionalProperties:
        r.chance(0.5) ? this.type(depth - 1) : r.chance(0.5)};
      case 8: return r.chance(0.3) ? {$ref: `#/$defs/${r.pick(['one', 'two'])}`} : {type: 'object', ...this.members(depth)};
      default: return {type: 'object', ...this.members(depth)};
    }
  }

  // Sometimes not quite a schema.
  parameters() {
    const r = this.random;
    const out = {type: 'object', ...this.members(4)};
    if (r.chance(0.2)) out.$defs = {one: this.type(2), two: this.type(2)};
    if (r.chance(0.01)) out.required = r.pick([true, false, 'path', [1]]);
    if (r.chance(0.01)) out.properties = r.pick([false, [], {path: 3}, {path: {type: 'strin'}}, {path: {enum: [], type: 'string'}}]);
    return r.chance(0.2) ? {json: out} : out;
  }

  listing() {
    const r = this.random;
    const tools = [];
    const names = ['read', 'write', 'list_all', 'Move'];
    for (let i = 1 + r.below(3); i > 0; --i) {
      const tool = {name: r.chance(0.01) ? r.pick(kOddNames) : names[i], inputSchema: this.parameters()};
      if (r.chance(0.3)) tool.outputSchema = this.parameters();
      if (r.chance(0.1)) tool.$defs = {one: this.type(2), two: this.type(2)};
      // Of two tools of one name theirs keeps the last; ours refuses them.
      if (!tools.some(({name}) => name === tool.name)) tools.push(tool);
    }
    if (r.chance(0.3)) return tools;
    const result = {tools};
    if (r.chance(0.2)) result.$defs = {one: this.type(2), two: this.type(2)};
    return {result};
  }
}

function makeCase(random) {
  const flag = () => random.chance(0.4);
  const out = {
    stub: random.chance(0.9) ? kStubs[random.below(3)] : random.pick(kStubs),
    tools: new Tools(random).listing(),
    options: {includeOutputs: flag(), objectsAsRecords: flag(), keepAnnotations: flag(), flattenNamespaces: flag(),
      numbersAsDecimal: flag(), deduplicateEntityTypes: flag()},
  };
  // There, flattening a namespace of two parts makes a schema that names what it does not declare.
  if (out.stub.includes('Mcp::Deep')) out.options.flattenNamespaces = false;
  return out;
}

function reference({stub, tools, options: {keepAnnotations, ...rest}}) {
  const answer = JSON.parse(generateSchema(stub, JSON.stringify(tools),
    JSON.stringify({...rest, eraseAnnotations: !keepAnnotations})));
  return answer.isOk ? {text: answer.schema} : {refused: answer.error};
}

const seed = Number(options.seed);
console.log(`seed ${seed}`);
const oracle = new Oracle(options.oracle);
const count = {passed: 0, failed: 0, refused: 0, unusable: 0};

// Definitions (`$defs`) can make the other implementation declare a type that is made of itself, or
// two of one name: a text that means nothing to Cedar. Ours says so instead.
async function isUnusable(schema) {
  const {schema: answer} = await oracle.ask({what: ['schema'], schema});
  return answer.refused !== undefined;
}
for (let i = Number(options.from); i < Number(options.from) + Number(options.cases); ++i) {
  const one = makeCase(Random.forCase(seed, i));
  const theirs = reference(one);
  const {tools: ours} = await oracle.ask({what: ['tools'], ...one});
  if (theirs.refused !== undefined) ++count.refused;
  if ((theirs.refused !== undefined && ours.refused !== undefined) || theirs.text?.trim() === ours.text?.trim()) {
    ++count.passed;
  } else if (ours.refused !== undefined && theirs.text !== undefined && await isUnusable(theirs.text)) {
    ++count.unusable;
    ++count.passed;
  } else if (++count.failed <= 5) {
    console.log(`FAILED case ${i} of seed ${seed}\n${JSON.stringify(one)}\n--- ours\n${ours.text ?? ours.refused}` +
      `\n--- theirs\n${theirs.text ?? theirs.refused}`);
  }
}
oracle.close();
console.log(`${count.refused} refused by both, ${count.unusable} refused by ours as theirs is no schema`);
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
