// How long a start takes with a ledger of a million entries, and how much memory it has then, beside
// those of an empty one. AMBIT_BENCH_RECORDS=10000000 for ten million.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './median.mjs';
import { residentMiB, startProgram } from './server.mjs';

const starts = 5;
const records = Number(process.env.AMBIT_BENCH_RECORDS ?? 1_000_000);

// Until the server says that it is ready, from before its process was made; stopped in good order.
async function oneStart(build, data) {
  const began = process.hrtime.bigint();
  const { child, firstLine } = startProgram(join(build, 'src/ambit'),
    ['serve', '--data', data, '--port', '0', '--log-level', 'warn']);
  await firstLine;
  const ms = Number(process.hrtime.bigint() - began) / 1e6;
  const { url } = JSON.parse(readFileSync(join(data, 'serve.json'), 'utf8'));
  if (!(await fetch(`${url}/readyz`)).ok) throw new Error('the server is not ready');
  const resident = residentMiB(child.pid);
  child.kill('SIGTERM');
  await new Promise((done) => child.on('exit', done));
  return { ms, resident };
}

async function startsOf(build, data) {
  const seen = [];
  for (let i = 0; i < starts; ++i) seen.push(await oneStart(build, data));
  return { ms: median(seen.map(({ ms }) => ms)), resident: median(seen.map((one) => one.resident)) };
}

export async function startRows(build) {
  const folder = mkdtempSync(join(tmpdir(), 'ambit-bench-start-'));
  try {
    const empty = join(folder, 'empty');
    const full = join(folder, 'full');
    await oneStart(build, empty);
    const yardstick = await startsOf(build, empty);
    execFileSync(join(build, 'bench/ledger_generator'), [full, String(records)],
      { stdio: ['ignore', 'ignore', 'inherit'] });
    const { ms, resident } = await startsOf(build, full);
    const name = `${records / 1e6}m`;
    return [
      { name: `start.ready_${name}`, value: ms, unit: 'ms', yardstick: 'the same with an empty ledger',
        yardstick_value: yardstick.ms, ratio: ms / yardstick.ms, target: '≤ 1000 ms' },
      { name: `start.resident_${name}`, value: resident, unit: 'MiB',
        yardstick: 'the same with an empty ledger', yardstick_value: yardstick.resident,
        ratio: resident / yardstick.resident },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
