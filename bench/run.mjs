// Runs every measurement with its yardstick and writes the results; started by ./benchmark.
//   node bench/run.mjs BUILD_FOLDER
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cedarRows } from './lib/cedar.mjs';
import { gatewayRows } from './lib/gateway.mjs';
import { httpRows } from './lib/http.mjs';
import { microRows } from './lib/micro.mjs';
import { table } from './lib/report.mjs';
import { startRows } from './lib/start.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const build = process.argv[2];
if (!build) {
  console.error('usage: node bench/run.mjs BUILD_FOLDER');
  process.exit(2);
}

// A row: name, value, unit, and where there is one yardstick (its name and value), ratio, target.
const rows = [];
// What was measured is kept when a later part is interrupted.
function write() {
  const results = Object.fromEntries(rows.map(({ name, ...rest }) => [name, rest]));
  writeFileSync(join(here, 'results.json'), JSON.stringify(results, null, 2) + '\n');
  const machine = `${cpus().length} cores, ${cpus()[0].model.trim()}, ` +
    `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const text = `# Results

\`./benchmark\` wrote this on ${new Date().toISOString().slice(0, 10)}: ${machine}. Client and server share
the machine, so compare rows with their yardsticks of the same run, not across runs. The HTTP rows are
medians of five rounds, latencies what wrk saw; \`p50\` and \`p99\` are in microseconds.

${table(rows)}
`;
  writeFileSync(join(here, 'RESULTS.md'), text);
}

for (const measure of [httpRows, gatewayRows, startRows, microRows, cedarRows]) {
  for (const row of await measure(build)) {
    rows.push(row);
    console.log(`${row.name}: ${row.value} ${row.unit}`);
  }
  write();
}
console.log('\n' + table(rows));
process.exit(0);
