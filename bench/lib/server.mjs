// A server of ours with everything that a decision needs: people, a tool server, an agent, a task.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

// Whatever ends the benchmark, nothing of it keeps running.
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

function started(child) {
  children.add(child);
  child.on('exit', () => children.delete(child));
  return child;
}

export function startProgram(path, args, options = {}) {
  const child = started(spawn(path, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options }));
  const firstLine = new Promise((done, failed) => {
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
      if (text.includes('\n')) done(text.split('\n')[0]);
    });
    child.on('exit', (code) => failed(new Error(`${path} ended with ${code}`)));
  });
  return { child, firstLine };
}

// CPU time of a process so far, in seconds, user and system.
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export function residentMiB(pid) {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/);
  return Number(line[1]) / 1024;
}

export async function startAmbit(build, port) {
  const folder = mkdtempSync(join(tmpdir(), 'ambit-bench-'));
  chmodSync(folder, 0o755);
  const work = join(folder, 'work');
  mkdirSync(work, { mode: 0o777 });
  writeFileSync(join(work, 'a.txt'), 'hello\n');
  const data = join(folder, 'var');
  const began = process.hrtime.bigint();
  const child = started(spawn(join(build, 'src/ambit'),
    ['serve', '--data', data, '--port', String(port), '--quiet'],
    { stdio: ['ignore', 'ignore', 'inherit'] }));
  const base = `http://127.0.0.1:${port}`;
  for (;;) {
    try {
      if ((await fetch(`${base}/readyz`)).ok) break;
    } catch { /* not listening yet */ }
    if (Number(process.hrtime.bigint() - began) > 2e10) throw new Error('ambit does not start');
    await new Promise((go) => setTimeout(go, 5));
  }
  const readyMs = Number(process.hrtime.bigint() - began) / 1e6;
  const admin = readFileSync(join(data, 'admin.token'), 'utf8').trim();
  const call = async (method, path, body, token = admin) => {
    const answer = await fetch(base + path, { method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  // Publishes policies; what loosens them is approved by a second human.
  let second = null;
  const publish = async (policies) => {
    const answer = await call('PUT', '/v1/policies', { policies });
    if (answer.state !== 'open') return;
    if (!second) {
      await call('POST', '/v1/identities', { id: 'sam', class: 'human', roles: ['security'] });
      second = (await call('POST', '/v1/identities/sam/tokens', { lifetime: '1d' })).token;
    }
    await call('POST', `/v1/policies/proposals/${answer.id}/approve`, { digest: answer.digest }, second);
  };
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await new Promise((done) => child.on('exit', done));
    }
    rmSync(folder, { recursive: true, force: true });
  };
  return { base, call, child, data, folder, publish, work, readyMs, stop };
}

export const toolServer = join(project, 'tests/fixtures/servers/plain.mjs');

// The tool server itself, without Ambit in between.
export function startTool() {
  return startPaced(process.execPath, [toolServer]);
}

// A program that is asked line by line.
export function startPaced(path, args) {
  return started(spawn(path, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
}

// Registers what is needed and starts a task with a budget that no benchmark reaches.
export async function prepare(ambit, { policies }) {
  const { call, work } = ambit;
  await call('POST', '/v1/identities', { id: 'alice', class: 'human', roles: ['operator'] });
  await call('POST', '/v1/identities', { id: 'pep', class: 'service', roles: ['enforcement'] });
  const pep = (await call('POST', '/v1/identities/pep/tokens', { lifetime: '1d' })).token;
  const server = { id: 'plain', transport: 'stdio', command: [process.execPath, toolServer],
    working_directory: work,
    confinement: { read_paths: [dirname(toolServer), dirname(process.execPath)], write_paths: [work] } };
  const bindings = { echo: { class: 'read', outcome: 'read', data_domain: 'bench', no_targets: true } };
  await call('POST', '/v1/servers', { server, bindings });
  await call('POST', '/v1/servers/plain/approve', { tools: ['echo'] });
  await ambit.publish(policies);
  const agent = { id: 'bencher', class: 'agent', agent: { purpose: 'is measured',
    autonomy: { chooses_tools: true, sequences_actions: true, acts_without_gate: true },
    owners: { business: 'alice', control: 'alice', scope_approver: 'alice', lifecycle: 'alice' },
    tools: ['plain/echo'], data_domains: ['bench'], outcomes: ['read'],
    limits: { calls_per_minute: 1e9, burst: 1e9 },
    retires_at: '2099-01-01T00:00:00Z', policy: 'default' } };
  await call('POST', '/v1/identities', agent);
  await call('POST', '/v1/identities/bencher/activate');
  const started = await call('POST', '/v1/tasks', { agent: 'bencher', goal: 'measure',
    trigger: { kind: 'human', reference: 'benchmark' }, budget: { calls: 1e12 }, deadline_in: '2h',
    scope: { tools: ['plain/echo'], targets: [], data_domains: ['bench'], outcomes: ['read'] } });
  const credential = await call('POST', '/v1/credentials', { claim: started.claim }, null);
  return { pep, task: started.task.id, instance: credential.instance,
    credential: credential.access_token };
}
