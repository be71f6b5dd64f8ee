// The compiled Cedar engine: the applications of the OOPSLA 2024 paper, policy sets of growing size,
// compilation, and the way from the JSON of a tool call to a context. Its yardstick is Rust Cedar as
// WebAssembly, on the same requests in the same run.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './median.mjs';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const scale = { ns: 1e-3, us: 1, ms: 1e3, s: 1e6 };

// Benchmarks of the engine by the row that they become.
const shapes = { Scope: 'scope', Condition: 'cond', Missing: 'cond_missing', Agent: 'agent' };
const targets = {
  'cedar_engine.scope/10000': '≤ 0.05 µs',
  'cedar_engine.cond/10000': '≤ 1 µs',
  'cedar_engine.agent/10000': '≤ 1 µs',
  'cedar_engine.compile_agent/10000': '≤ 1 000 000 µs',
  'cedar_engine.json_1kb_to_context': '≤ 1.5 µs',
};

function nameOf(name) {
  const [kind, shape, size] = name.split('/');
  if (kind === 'decide') return `cedar_engine.${shapes[shape]}/${size}`;
  if (kind === 'decide_built') return `cedar_engine.${shapes[shape]}_built/${size}`;
  if (kind === 'compile') return `cedar_engine.compile_${shapes[shape]}/${size}`;
  if (kind === 'compile_change') return `cedar_engine.compile_change_${shapes[shape]}/${size}`;
  return { parse_and_build_context: 'cedar_engine.json_1kb_to_context' }[kind];
}

function oopslaRows(item) {
  const [, app, size] = item.name.split('/');
  return [
    { name: `cedar_engine.${app}/${size}.p50`, value: item.p50_ns / 1e3, unit: 'µs',
      target: '≤ 0.4 µs' },
    { name: `cedar_engine.${app}/${size}.p99`, value: item.p99_ns / 1e3, unit: 'µs',
      target: '≤ 1 µs' },
  ];
}

function engineRows(build) {
  const filter = '^(compiled/.*/(5|10|20|50)|decide/.*|decide_built/.*/10000|' +
    'compile/Agent/10000|compile_change/Agent/10000|parse_and_build_context)$';
  const out = execFileSync(join(build, 'src', 'cedar_engine_bench'),
    ['--benchmark_format=json', '--benchmark_min_time=0.05', `--benchmark_filter=${filter}`],
    { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 });
  return JSON.parse(out).benchmarks.flatMap((item) => {
    if (item.name.startsWith('compiled/')) return oopslaRows(item);
    const row = { name: nameOf(item.name), value: item.cpu_time * scale[item.time_unit],
      unit: 'µs cpu' };
    if (targets[row.name]) row.target = targets[row.name];
    return [row];
  });
}

// Microseconds a request, and an error where it decides otherwise than we do.
export function measureWasm(cedar, name, { policies, entities, requests }) {
  const parsed = cedar.preparsePolicySet(name, { staticPolicies: policies });
  if (parsed.type !== 'success') throw new Error(`${name}: ${JSON.stringify(parsed)}`);
  const times = requests.map(({ decision, ...request }) => {
    const call = { ...request, preparsedPolicySetId: name, entities };
    const start = process.hrtime.bigint();
    const answer = cedar.statefulIsAuthorized(call);
    const took = Number(process.hrtime.bigint() - start) / 1e3;
    if (answer.type !== 'success' || answer.response.decision !== decision) {
      throw new Error(`${name}: Rust Cedar says ${JSON.stringify(answer)}, we say ${decision}`);
    }
    return took;
  });
  return median(times);
}

// `stored`: our entities are compiled once. `from_json`: we too read them from JSON with each
// request, which is all that the API of cedar-wasm offers.
export function loadWasm() {
  const require = createRequire(join(project, 'tests/cedar/differential/package.json'));
  return require('@cedar-policy/cedar-wasm/nodejs');
}

function wasmRows(build) {
  const folder = mkdtempSync(join(tmpdir(), 'ambit-cedar-'));
  try {
    const ours = JSON.parse(execFileSync(join(build, 'bench', 'cedar_workloads'), [folder]));
    const cedar = loadWasm();
    return readdirSync(folder).sort().flatMap((file) => {
      const name = file.replace('.json', '');
      const wasm = measureWasm(cedar, name, JSON.parse(readFileSync(join(folder, file), 'utf8')));
      return ['stored', 'from_json'].map((way) => {
        const value = ours[name][`${way}_ns`] / 1e3;
        return { name: `cedar_engine.vs_wasm.${name}.${way}`, value, unit: 'µs',
          yardstick: 'cedar-wasm p50', yardstick_value: wasm, ratio: value / wasm };
      });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function cedarRows(build) {
  return [...engineRows(build), ...wasmRows(build)];
}
