// Full decisions over loopback HTTP with a durable ledger, beside two yardsticks on the same server
// code: a bare echo, and an echo that makes as many bytes durable and decides nothing.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bytesRows } from './bytes.mjs';
import { median } from './median.mjs';
import { prepare, residentMiB, startAmbit, startProgram } from './server.mjs';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const us = { us: 1, ms: 1e3, s: 1e6 };
const kRounds = 5;

function micros(text) {
  const [, number, unit] = text.match(/([\d.]+)(us|ms|s)/);
  return Number(number) * us[unit];
}

// Runs wrk and returns requests per second and latencies in microseconds.
async function load(url, body, token, connections, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'ambit-wrk-'));
  const script = join(folder, 'post.lua');
  writeFileSync(script, `wrk.method = "POST"\nwrk.body = [==[${body}]==]\n` +
    'wrk.headers["Content-Type"] = "application/json"\n' +
    (token ? `wrk.headers["Authorization"] = "Bearer ${token}"\n` : ''));
  const { stdout: out } = await promisify(execFile)('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency',
    '-s', script, url], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  if (/Non-2xx/.test(out)) throw new Error(`requests failed:\n${out}`);
  return { rate: Number(out.match(/Requests\/sec:\s+([\d.]+)/)[1]),
    p50: micros(out.match(/^ +50%\s+(\S+)/m)[1]), p99: micros(out.match(/^ +99%\s+(\S+)/m)[1]) };
}

// Of each number by itself.
function medians(rounds) {
  const of = (name) => median(rounds.map((round) => round[name]));
  return { rate: of('rate'), p50: of('p50'), p99: of('p99') };
}

// As many policies as others' agents would bring.
function othersPolicies(count) {
  return Array.from({ length: count }, (_, i) =>
    `permit(principal == Ambit::Agent::"other-${i}", action, resource) ` +
    `when { context.session.calls < ${i + 1} };`).join('\n');
}

export async function httpRows(build) {
  const rows = [];
  const echo = startProgram(join(build, 'bench/echo_server'), ['0']);
  const echoUrl = `http://127.0.0.1:${await echo.firstLine}/`;
  const ambit = await startAmbit(build, 7790);
  const starter = readFileSync(join(project, 'policies/starter.cedar'), 'utf8');
  const who = await prepare(ambit, { policies: { starter } });
  const body = JSON.stringify({ subject: { type: 'agent', id: 'bencher' },
    action: { name: 'tools/call' }, resource: { type: 'tool', id: 'plain/echo' },
    context: { task: who.task, instance: who.instance, arguments: { text: 'x'.repeat(200) } } });
  const url = `${ambit.base}/access/v1/evaluation`;
  const check = await (await fetch(url, { method: 'POST', body,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${who.pep}` } })).json();
  if (check.decision !== true) throw new Error(`not allowed: ${JSON.stringify(check)}`);
  const durable = startProgram(join(build, 'bench/durable_echo_server'),
    ['0', join(ambit.folder, 'durable')]);
  const durableUrl = `http://127.0.0.1:${await durable.firstLine}/`;
  const [syncP50, syncP99] = execFileSync(join(build, 'bench/fdatasync_probe'), [ambit.folder],
    { encoding: 'utf8' }).trim().split(' ').map(Number);
  rows.push({ name: 'disk.fdatasync_p50', value: syncP50, unit: 'µs' },
    { name: 'disk.fdatasync_p99', value: syncP99, unit: 'µs' });
  const all = { echo: {}, durable: {}, ambit: {} };
  for (const connections of [1, 8, 64, 512]) {
    const seen = { echo: [], durable: [], ambit: [] };
    for (let round = 0; round < kRounds; ++round) {  // interleaved: all meet the same neighbours
      seen.echo.push(await load(echoUrl, body, null, connections, 2));
      seen.durable.push(await load(durableUrl, body, null, connections, 2));
      seen.ambit.push(await load(url, body, who.pep, connections, 2));
    }
    for (const name in seen) all[name][connections] = medians(seen[name]);
  }
  durable.child.kill();
  const e1 = all.echo[1], e64 = all.echo[64], d64 = all.durable[64];
  const a1 = all.ambit[1], a64 = all.ambit[64];
  rows.push({ name: 'echo.rate_64', value: e64.rate, unit: '/s' },
    { name: 'echo.p50_1', value: e1.p50, unit: 'µs' },
    { name: 'durable_echo.rate_64', value: d64.rate, unit: '/s', yardstick: 'echo.rate_64',
      yardstick_value: e64.rate, ratio: d64.rate / e64.rate },
    { name: 'durable_echo.p50_1', value: all.durable[1].p50, unit: 'µs',
      yardstick: 'echo p50 + fdatasync p50', yardstick_value: e1.p50 + syncP50,
      ratio: all.durable[1].p50 / (e1.p50 + syncP50) },
    { name: 'decision.http_rate_64', value: a64.rate, unit: '/s', yardstick: 'echo.rate_64',
      yardstick_value: e64.rate, ratio: a64.rate / e64.rate, target: '≥ 60 000/s and ≥ 0.5' },
    { name: 'decision.http_share_64', value: a64.rate / d64.rate,
      unit: 'of durable_echo.rate_64' },
    { name: 'decision.http_p99_64', value: a64.p99, unit: 'µs', yardstick: 'echo p99',
      yardstick_value: e64.p99, ratio: a64.p99 / e64.p99, target: '≤ 5 000 µs' },
    { name: 'decision.http_p50_1', value: a1.p50, unit: 'µs', yardstick: 'echo p50 + fdatasync p50',
      yardstick_value: e1.p50 + syncP50, ratio: a1.p50 / (e1.p50 + syncP50),
      target: '≤ yardstick + 60 µs' });
  for (const connections of [8, 512]) {
    const ours = all.ambit[connections], bare = all.echo[connections];
    rows.push({ name: `decision.http_rate_${connections}`, value: ours.rate, unit: '/s',
      yardstick: 'echo', yardstick_value: bare.rate, ratio: ours.rate / bare.rate },
    { name: `decision.http_p99_${connections}`, value: ours.p99, unit: 'µs', yardstick: 'echo p99',
      yardstick_value: bare.p99, ratio: ours.p99 / bare.p99 });
  }
  for (const count of [10, 1_000, 10_000]) {
    await ambit.publish({ starter, others: othersPolicies(count) });
    const rounds = [];
    for (let round = 0; round < kRounds; ++round) {
      rounds.push(await load(url, body, who.pep, 64, 2));
    }
    const seen = medians(rounds);
    rows.push({ name: `decision.http_rate_64_policies_${count}`, value: seen.rate, unit: '/s',
      yardstick: 'with the starter policies', yardstick_value: a64.rate,
      ratio: seen.rate / a64.rate });
  }
  const health = await (await fetch(`${ambit.base}/readyz`)).json();
  rows.push({ name: 'start.ready', value: ambit.readyMs, unit: 'ms', target: '≤ 1 000 ms' },
    { name: 'memory.resident', value: residentMiB(ambit.child.pid), unit: 'MiB',
      yardstick: 'decisions recorded', yardstick_value: health.ledger_entries });
  ambit.child.kill('SIGTERM');
  await new Promise((done) => ambit.child.on('exit', done));
  rows.push(replayRow(build, ambit.data), ...bytesRows(ambit.data));
  await ambit.stop();
  rows.push(await memoryRow(build, starter));
  echo.child.kill();
  return rows;
}

// The same decisions made again from the ledger's files, by one thread.
function replayRow(build, data) {
  const began = process.hrtime.bigint();
  const report = JSON.parse(execFileSync(join(build, 'src/ambit'),
    ['replay', join(data, 'ledger'), '--threads', '1', '--json'], { encoding: 'utf8' }));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  if (!report.ok || report.identical !== report.decisions) throw new Error(JSON.stringify(report));
  return { name: 'replay.rate_1_thread', value: report.decisions / seconds, unit: '/s',
    yardstick: 'decisions, all identical', yardstick_value: report.identical };
}

// Resident memory after 100 000 decisions of a fresh server.
async function memoryRow(build, starter) {
  const ambit = await startAmbit(build, 7791);
  const who = await prepare(ambit, { policies: { starter } });
  const body = JSON.stringify({ subject: { type: 'agent', id: 'bencher' },
    action: { name: 'tools/call' }, resource: { type: 'tool', id: 'plain/echo' },
    context: { task: who.task, instance: who.instance, arguments: { text: 'x' } } });
  const url = `${ambit.base}/access/v1/evaluation`;
  for (;;) {
    await load(url, body, who.pep, 64, 1);
    const health = await (await fetch(`${ambit.base}/readyz`)).json();
    if (health.ledger_entries >= 100_000) break;
  }
  const health = await (await fetch(`${ambit.base}/readyz`)).json();
  const row = { name: 'memory.resident_100k', value: residentMiB(ambit.child.pid), unit: 'MiB',
    yardstick: 'decisions recorded', yardstick_value: health.ledger_entries, target: '≤ 100 MiB' };
  await ambit.stop();
  return row;
}
