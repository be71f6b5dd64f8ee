// What breaks: servers that die, Ambit killed, disks that fill.
import {execFileSync, spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {AgentProcess} from '../../../examples/first-call/lib/agent_process.mjs';
import {makeStage} from '../../../examples/first-call/lib/stage.mjs';
import {check, same, skip, test, until} from '../lib/harness.mjs';
import {McpSession, request} from '../lib/http.mjs';
import {kAsRoot, program, World} from '../lib/world.mjs';

async function ready({url}) {
  const {status, body} = await request(`${url}/readyz`);
  return {status, ...JSON.parse(body)};
}

const verify = async (world) =>
  check((await world.ambit.run('admin', ['ledger', 'verify', `${world.data}/ledger`])).status === 0,
    'the ledger verifies');

test('Faults.AToolServerThatDiesMidCallLeavesAnUnknownOutcomeAndNoRetry', async () => {
  const world = await World.start();
  const starts = path.join(world.workspace, 'starts');
  const count = () => fs.readFileSync(starts, 'utf8').trim().split('\n').length;
  await world.importServer('mortal', [world.node, path.join(world.servers, 'plain.mjs'),
    `--state=${starts}`], {bindings: path.join(world.servers, 'plain.tools.json')});
  const session = await world.session('unlucky', 'mortal',
    {agent: {tools: ['mortal/die', 'mortal/echo']}, task: {tools: ['mortal/die', 'mortal/echo']}});
  await session.call('echo', {text: 'x'});
  const before = count();
  const answer = await session.call('die');
  check(answer.isError && answer.text.includes('unknown'), 'the agent is told', answer);
  same(count(), before, 'starts of the server: nothing was tried again');
  const record = await world.decision((await world.decisions(session.task))[0].id);
  same([record.tool, record.result?.status], ['die', 'unknown'], 'the outcome on record');
  same((await session.call('echo', {text: 'again'})).text, 'again', 'the next call starts it anew');
  same(count(), before + 1, 'starts of the server then');
});

test('Faults.KillNineLosesNeitherCountersNorApprovals', async () => {
  const world = await World.start();
  const session = await world.session('survivor', 'classes', {task: {calls: 5}});
  await session.call('query_orders', {table: 't'});
  const begin = async (amount) => {
    const besides = (await world.pending(session.task)).map(({id}) => id);
    const open = session.call('pay', {account: 'acme', amount}, {id: `pay${amount}`});
    const approval = await world.held(session.task, besides);
    await session.notify('notifications/cancelled', {requestId: `pay${amount}`});
    await open;
    return approval;
  };
  const pending = await begin(1);
  const granted = await begin(2);
  await world.grant(granted);
  const before = await world.decisions(session.task);
  await world.end('SIGKILL');
  await world.serve();
  await session.initialize();
  same((await world.decisions(session.task)).map(({id}) => id), before.map(({id}) => id), 'decisions');
  check(!(await session.call('pay', {account: 'acme', amount: 2})).isError, 'the grant still holds');
  const twice = session.call('pay', {account: 'acme', amount: 2}, {id: 'twice'});
  const anew = await world.held(session.task, [pending.id]);
  await world.refuse(anew);
  check((await twice).isError, 'but only once');
  await world.grant(pending);
  check(!(await session.call('pay', {account: 'acme', amount: 1})).isError, 'what waited can be granted');
  await world.end('SIGKILL');
  await world.serve();
  await session.initialize();
  const used = session.call('pay', {account: 'acme', amount: 1}, {id: 'used'});
  await world.refuse(await world.held(session.task));
  check((await used).isError, 'a used approval stays used');
  for (let i = 0; i < 2; ++i) await session.call('query_orders', {table: 't'});
  same((await session.call('query_orders', {table: 't'})).reason, 'limit.budget', 'the budget counts on');
  await verify(world);
});

test('Faults.ACallInFlightAtAKillIsNeitherRepeatedNorClaimedToHaveWorked', async () => {
  const world = await World.start();
  const session = await world.session('interrupted', 'plain', {task: {calls: 2}});
  await session.call('echo', {text: 'x'});
  const lost = session.call('never').catch((error) => ({lost: error.code}));
  await until('it is released', async () => (await world.decisions(session.task)).length === 2);
  await world.end('SIGKILL');
  await lost;
  await world.serve();
  await session.initialize();
  const record = await world.decision((await world.decisions(session.task))[0].id);
  same([record.tool, record.result?.status ?? 'unknown'], ['never', 'unknown'], 'its outcome');
  same((await session.call('echo', {text: 'x'})).reason, 'limit.budget', 'it counts against the budget');
});

test('Faults.Requirement_E1_AgentsCanDoNothingWhileAmbitIsAwayAndGoOnAfterwards', async () => {
  const world = await World.start();
  const stage = makeStage({bin: program(), data: world.data});
  let agent;
  try {
    await world.agent('stranded');
    const {claim, id} = await world.task('stranded');
    const claimFile = path.join(stage.agentHome, 'claim');
    fs.writeFileSync(claimFile, claim, {mode: 0o600});
    agent = await AgentProcess.start({stage, url: world.url, server: 'plain', claimFile});
    const file = path.join(world.workspace, 'away.txt');
    same((await agent.call('echo', {text: 'x'})).text, 'x', 'a call');
    await world.end('SIGKILL');
    const away = await agent.call('write', {path: file, text: 'x'});
    check(away.error !== undefined && !fs.existsSync(file), 'no decision, no action', away);
    await world.serve();
    const back = await agent.call('write', {path: file, text: 'x'});
    check(!back.error && !back.isError && fs.existsSync(file), 'it goes on in the same task', back);
    same((await world.decisions(id)).length, 2, 'decisions');
  } finally {
    await agent?.stop();
    fs.rmSync(stage.base, {recursive: true, force: true});
  }
});

test('Faults.AGracefulStopAnswersHeldCalls', async () => {
  const world = await World.start();
  const session = await world.session('stopped', 'classes');
  const open = session.call('pay', {account: 'acme', amount: 1});
  const approval = await world.held(session.task);
  await world.end('SIGTERM');
  const answer = await open;
  same(answer.meta['ambit/approval'], approval.id, 'the approval that it waits for');
  same(world.child.exitCode, 0, 'the server\'s exit status');
});

test('Faults.ASecondServerOnTheSameDataOrPortIsRefused', async () => {
  const world = await World.start();
  const serve = (...args) => new Promise((resolve) => {
    const child = spawn(program(), ['serve', ...args], {stdio: ['ignore', 'ignore', 'pipe']});
    let err = '';
    child.stderr.on('data', (chunk) => { err += chunk; });
    child.on('close', (status) => resolve({status, err}));
  });
  const data = await serve('--data', world.data, '--port', '0');
  check(data.status === 5 && data.err.startsWith('data.in_use: '), 'the data', data);
  const port = await serve('--data', path.join(world.base, 'other'), '--port', String(world.port));
  check(port.status === 5 && port.err.startsWith('serve.port_taken: '), 'the port', port);
  same((await ready(world)).status, 200, 'the first one serves on');
});

// A file system of its own that can be filled.
function mountSmall() {
  if (!kAsRoot) skip('needs root to mount a small file system');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ambit-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100m,mode=0755', 'tmpfs', folder], {stdio: 'pipe'});
  } catch (error) {
    fs.rmdirSync(folder);
    skip(`cannot mount here: ${error.stderr}`);
  }
  return folder;
}

function fill(folder) {
  const filler = fs.openSync(path.join(folder, 'filler'), 'w');
  const block = Buffer.alloc(1 << 16, 1);
  try {
    for (;;) fs.writeSync(filler, block);
  } catch (error) {
    same(error.code, 'ENOSPC', 'why the file system takes no more');
  } finally {
    fs.closeSync(filler);
  }
}

// Decisions with large records, `width` at a time, until one is not recorded any more.
async function spend(world, {task, agent}, width) {
  const body = JSON.stringify({subject: {type: 'agent', id: agent}, action: {name: 'tools/call'},
    resource: {type: 'tool', id: 'plain/echo'},
    context: {task, arguments: {text: 'x'.repeat(8000)}, intent: 'i'.repeat(1000),
      justification: 'j'.repeat(1000)}});
  let denied;
  let asked = 0;  // far more than one segment of the ledger holds
  const worker = async () => {
    while (!denied && asked++ < 20_000) {
      const {decision, context} = await world.must('pep', 'POST', '/access/v1/evaluation', JSON.parse(body));
      if (!decision) denied = context;
    }
  };
  await Promise.all(Array.from({length: width}, worker));
  return denied;
}

test('Faults.Requirement_H9_AFullDiskDeniesUntilThereIsSpaceAgain', async () => {
  const folder = mountSmall();
  let world;
  try {
    world = await World.start({data: folder});
    const session = await world.session('full', 'plain',
      {agent: {limits: {calls_per_minute: 10_000_000, burst: 1_000_000}}, task: {calls: 1_000_000}});
    const other = await world.task('full');
    const {status} = await session.call('echo', {text: 'x'});
    same([status, (await ready(world)).status], [200, 200], 'before');
    fill(folder);
    const denied = await spend(world, {task: session.task, agent: 'full'}, 16);
    check(denied?.verdict === 'deny' && /evidence|ledger/.test(JSON.stringify(denied.reasons)),
      'no evidence, no action', denied);
    check((await session.call('echo', {text: 'x'})).isError, 'the gateway denies, too');
    const red = await ready(world);
    check(red.status === 503 && red.problems.length > 0, '/readyz is red and says why', red);
    same((await request(`${world.url}/healthz`)).status, 200, '/healthz');
    await world.rest('alice', 'POST', `/v1/tasks/${other.id}/end`, {reason: 'stop'});
    const closed = await McpSession.open(world, {claim: other.claim, server: 'plain'}).catch(() => 'refused');
    same(closed, 'refused', 'ending a task takes effect even then');
    fs.rmSync(path.join(folder, 'filler'));
    await until('/readyz is green again', async () => (await ready(world)).status === 200);
    check(!(await session.call('echo', {text: 'x'})).isError, 'it works again');
    await world.end();
    await verify(world);
  } finally {
    await world?.remove();
    execFileSync('umount', ['-l', folder]);
    fs.rmdirSync(folder);
  }
}, {alone: true});
