// Disks that are full, refuse or take only part: no evidence, no action, and what takes authority away
// works all the same.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {atEnd, check, same, skip, test, until} from '../../e2e/lib/harness.mjs';
import {McpSession} from '../../e2e/lib/http.mjs';
import {breakable, fresh} from '../lib/faults.mjs';
import {metric, ready, replays, verifies} from '../lib/health.mjs';
import {startAndEnd} from '../lib/first_starts.mjs';

// A task whose calls the enforcement point asks for, one that the gateway serves, and one to be ended.
async function prepare(scene) {
  const asked = await scene.newTask();
  await scene.admit(asked.claim);
  const served = await scene.newTask();
  const session = await McpSession.open(scene, {claim: served.claim, server: 'recorder'});
  const doomed = await scene.newTask();
  const {access_token: token} = await scene.admit(doomed.claim);
  same((await scene.ask(asked.id, 'note', 'before')).verdict, 'allow', 'a call before');
  check(!(await session.call('note', {text: 'before'})).isError, 'a call through the gateway before');
  return {asked: asked.id, session, doomed: doomed.id, token};
}

const tokenWorks = async (scene, token, task) =>
  (await scene.rest({token}, 'GET', `/v1/tasks/${task}`)).status === 200;

// While nothing can be written: denied, counted, said, and not executed.
async function checkClosed(scene, {asked, session}) {
  const unrecorded = await metric(scene, 'ambit_decisions_unrecorded_total');
  const executed = scene.executed().length;
  await until('a call is denied', async () => (await scene.ask(asked, 'note', 'meanwhile')).verdict === 'deny');
  const denied = await scene.ask(asked, 'note', 'meanwhile');
  check(denied.verdict === 'deny' && denied.reasons[0].code.startsWith('ledger.'), 'it says why', denied);
  check(denied.ledger_index === undefined, 'and claims no evidence', denied);
  check((await session.call('note', {text: 'meanwhile'})).isError, 'the gateway denies, too');
  same(scene.executed().length, executed, 'what the tool server executed');
  check(await metric(scene, 'ambit_decisions_unrecorded_total') >= unrecorded + 2, 'it is counted');
  const red = await ready(scene);
  check(red.status === 503 && red.problems[0].includes('evidence cannot be written'), '/readyz', red);
  const person = await scene.rest('admin', 'POST', '/v1/identities', {id: 'nobody', class: 'human'});
  same([person.status, person.body.reason], [503, 'ledger.unwritable'], 'what gives authority waits');
}

async function checkOpen(scene, {asked, session}) {
  await until('/readyz is green again', async () => (await ready(scene)).status === 200);
  same((await scene.ask(asked, 'note', 'after')).verdict, 'allow', 'a call after');
  check(!(await session.call('note', {text: 'after'})).isError, 'a call through the gateway after');
  const words = (await scene.decisionsFrom(0)).filter((record) => record.intent === 'meanwhile')
    .map((record) => record.decision.verdict);
  check(!words.includes('allow'), 'nothing is on record that was refused', words);
}

const kBroken = {
  WritesFail: {write: 'EIO'},
  SyncsFail: {sync: 'EIO'},
  NoSpaceIsLeft: {write: 'ENOSPC'},
  TheQuotaIsReached: {write: 'EDQUOT'},
  TheDiskIsReadOnly: {write: 'EROFS', sync: 'EROFS'},
};

for (const [name, fault] of Object.entries(kBroken)) {
  test(`Disk.Requirement_H9_${name}AndNothingIsAllowedUntilTheyWorkAgain`, async () => {
    const {scene, faults} = await breakable();
    const parts = await prepare(scene);
    faults.set(fault);
    await checkClosed(scene, parts);
    // Its answer waits for the evidence.
    const ended = scene.rest('alice', 'POST', `/v1/tasks/${parts.doomed}/end`, {reason: 'stop'});
    await until('the end takes effect', async () => !(await tokenWorks(scene, parts.token, parts.doomed)));
    faults.set({});
    await checkOpen(scene, parts);
    await ended;
    await scene.end('SIGKILL');
    await scene.serve();
    same((await scene.must('carol', 'GET', `/v1/tasks/${parts.doomed}`)).state, 'ended', 'the task');
    await scene.end();
    await verifies(scene);
    await replays(scene);
  });
}

test('Disk.ShortWritesLoseNothing', async () => {
  const {scene, faults} = await breakable();
  const parts = await prepare(scene);
  faults.set({most: 100});
  const answers = await Promise.all(Array.from({length: 20}, () => scene.ask(parts.asked, 'note', 'short')));
  await until('/readyz is green', async () => (await ready(scene)).status === 200);
  await scene.end('SIGKILL');
  faults.set({});
  await scene.serve();
  const kept = new Map((await scene.decisionsFrom(0)).map(({id, decision}) => [id, decision.verdict]));
  for (const {id, verdict, ledger_index: index} of answers) {
    if (index !== undefined) same(kept.get(id), verdict, `decision ${id}`);
  }
  check(answers.some(({verdict}) => verdict === 'allow'), 'some were allowed', answers);
  await scene.end();
  await verifies(scene);
});

// A file system of its own.
function mountSmall() {
  if (process.getuid() !== 0) skip('needs root to mount a small file system');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ambit-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100m,mode=0755', 'tmpfs', folder], {stdio: 'pipe'});
  } catch (error) {
    fs.rmdirSync(folder);
    skip(`cannot mount here: ${error.stderr}`);
  }
  return folder;
}

function unmount(folder) {
  execFileSync('umount', ['-l', folder]);
  fs.rmdirSync(folder);
}

function fill(folder) {
  const filler = fs.openSync(path.join(folder, 'filler'), 'w');
  for (let size = 1 << 20; size > 0; size >>= 4) {
    try {
      for (;;) fs.writeSync(filler, Buffer.alloc(size, 1));
    } catch (error) {
      same(error.code, 'ENOSPC', 'why the file system takes no more');
    }
  }
  fs.closeSync(filler);
}

test('Disk.WhatIsTakenAwayOnAFullDiskStaysAwayOverACrash', async () => {
  const folder = mountSmall();
  atEnd(() => unmount(folder));
  const scene = await fresh({data: folder});
  const {asked, doomed, token} = await prepare(scene);
  await scene.activeAgent('suspect');
  const {id, token: secret} = await scene.must('admin', 'POST', '/v1/identities/carol/tokens', {lifetime: '1d'});
  fill(folder);
  for (let i = 0; i < 50; ++i) {  // until the registry's log has used up what it had
    await scene.rest('admin', 'POST', '/v1/identities', {id: `more-${i}`, class: 'human'});
  }
  const acts = [['alice', 'POST', `/v1/tasks/${doomed}/end`, {reason: 'stop'}],
    ['alice', 'POST', '/v1/identities/suspect/suspend'],
    ['admin', 'DELETE', `/v1/identities/carol/tokens/${id}`]];
  const answers = await Promise.all(acts.map((act) => scene.rest(...act)));
  const away = async () => {
    check(!(await tokenWorks(scene, token, doomed)), 'the credential of the ended task is dead');
    same((await scene.must('alice', 'GET', '/v1/identities/suspect')).state, 'suspended', 'the agent');
    same((await scene.rest({token: secret}, 'GET', '/v1/policies')).status, 401, 'the revoked token');
    same((await scene.must('alice', 'GET', `/v1/tasks/${doomed}`)).state, 'ended', 'the task');
  };
  await away();
  await scene.end('SIGKILL');
  fs.rmSync(path.join(folder, 'filler'));
  await scene.serve();
  await away();
  check(answers.every(({status}) => status < 300), 'each was acknowledged', answers);
  same((await scene.ask(asked, 'note', 'after')).verdict, 'allow', 'a call after');
  await scene.end();
  await verifies(scene);
});

test('Disk.AServerDoesNotStartOnAReadOnlyDiskAndSaysWhy', async () => {
  const folder = mountSmall();
  atEnd(() => unmount(folder));
  const scene = await fresh({data: folder});
  await scene.end();
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  const {status, err} = await startAndEnd(scene.data);
  check(status === 4 && /read-only/i.test(err), 'why it did not start', err);
  await verifies(scene);
  execFileSync('mount', ['-o', 'remount,rw', folder]);
  await scene.serve();
  same((await ready(scene)).status, 200, 'it starts again');
});
