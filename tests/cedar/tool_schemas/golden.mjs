#!/usr/bin/env node
// Compares the schemas that our program makes of tools with the examples of cedar-for-agents:
//
//   node golden.mjs DIR [--oracle PATH]
//
// DIR is the unpacked `examples` folder. Ends with `N passed, N failed`.
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {Oracle} from '../differential/lib/oracle.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const {values: options, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    oracle: {type: 'string', default: path.join(here, '../../../build/release/tests/cedar/cedar-oracle')},
  },
});
const dir = positionals[0];

// The options that the name of an example stands for.
const kSimple = {
  tool_encode_numbers_as_decimal: {numbersAsDecimal: true},
  tool_flattened_namespace: {flattenNamespaces: true},
  tool_include_outputs: {includeOutputs: true},
  tool_keep_annotations: {keepAnnotations: true},
  tool_objects_as_records: {objectsAsRecords: true},
};

function optionsOf(folder, stem) {
  if (folder === 'simple') return kSimple[stem] ?? {};
  return {
    deduplicateEntityTypes: folder === 'dedup',
    flattenNamespaces: stem.endsWith('_flat'),
    includeOutputs: stem.endsWith('_output'),
  };
}

function toolsOf(folder, stem) {
  const own = path.join(dir, folder, `${stem.replace(/_flat$/, '')}.json`);
  return fs.existsSync(own) ? own : path.join(dir, folder, 'tool.json');
}

// What is empty may be there or not, and so may attributes that are required.
function normal(json) {
  if (Array.isArray(json)) return json.map(normal);
  if (json === null || typeof json !== 'object') return json;
  const out = {};
  for (const key of Object.keys(json).sort()) {
    const value = normal(json[key]);
    const isEmpty = typeof value === 'object' && Object.keys(value).length === 0;
    if (isEmpty && ['actions', 'entityTypes', 'commonTypes', 'annotations', 'appliesTo', 'principalTypes',
      'resourceTypes'].includes(key)) continue;
    if (key === 'required' && value === true) continue;
    out[key] = value;
  }
  return out;
}

const stub = fs.readFileSync(path.join(dir, 'stub.cedarschema'), 'utf8');
const oracle = new Oracle(options.oracle);
const used = new Set([path.join(dir, 'stub.cedarschema')]);
let passed = 0;
let failed = 0;

function check(file, ours, wanted) {
  used.add(file);
  if (ours === wanted) return ++passed;
  ++failed;
  console.log(`FAILED ${file}\n--- ours\n${ours}\n--- wanted\n${wanted}`);
}

for (const folder of ['dedup', 'simple', 'strands']) {
  for (const name of fs.readdirSync(path.join(dir, folder)).sort()) {
    if (!name.endsWith('.cedarschema')) continue;
    const stem = name.slice(0, -'.cedarschema'.length);
    const file = path.join(dir, folder, name);
    const tools = toolsOf(folder, stem);
    used.add(tools);
    const {tools: answer} = await oracle.ask({what: ['tools'], stub, options: optionsOf(folder, stem),
      tools: JSON.parse(fs.readFileSync(tools, 'utf8'))});
    check(file, (answer.text ?? answer.refused).trim(),
      fs.readFileSync(file, 'utf8').replace(/^\/\/.*\n/gm, '').trim());
    if (fs.existsSync(`${file}.json`)) {
      check(`${file}.json`, JSON.stringify(normal(answer.json)),
        JSON.stringify(normal(JSON.parse(fs.readFileSync(`${file}.json`, 'utf8')))));
    }
  }
}
oracle.close();

const all = fs.readdirSync(dir, {recursive: true}).map((name) => path.join(dir, name))
  .filter((file) => fs.statSync(file).isFile());
for (const file of all.filter((one) => !used.has(one))) {
  ++failed;
  console.log(`FAILED ${file} is used by no test`);
}
console.log(`${passed} passed, ${failed} failed, of ${all.length} files`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
