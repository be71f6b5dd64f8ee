// What the ledger seals, and how it is erased for good.
import fs from 'node:fs';
import path from 'node:path';
import {check, same, test} from '../lib/harness.mjs';
import {World} from '../lib/world.mjs';

const kSecret = 'a-name-nobody-may-know';

const json = async (world, words) => {
  const {status, out} = await world.ambit.run('admin', [...words, '--json']);
  return {status, ...JSON.parse(out)};
};

function filesBelow(folder) {
  return fs.readdirSync(folder, {withFileTypes: true}).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(name) : entry.isFile() ? [name] : [];
  });
}
const holding = (world, bytes) =>
  filesBelow(world.data).filter((name) => fs.readFileSync(name).includes(bytes));

// The wrapped bytes of a task's key, found in the registry by its id: SQLite keeps the id and then the
// blob of 61 bytes that begins with a two.
function wrappedKey(world, task) {
  for (const name of ['ambit.db', 'ambit.db-wal']) {
    const bytes = fs.readFileSync(path.join(world.data, name));
    for (let at = bytes.indexOf(task); at >= 0; at = bytes.indexOf(task, at + 1)) {
      const blob = bytes.subarray(at + task.length, at + task.length + 61);
      if (blob.length === 61 && blob[0] === 2 && blob.subarray(1).some((byte) => byte > 127)) {
        return Buffer.from(blob);
      }
    }
  }
  throw new Error('no key found');
}

async function work(world, name) {
  const session = await world.session(name, 'classes', {task: {calls: 100}});
  await session.call('query_orders', {table: kSecret}, {meta: {'ambit/intent': kSecret}});
  const held = session.call('pay', {account: kSecret, amount: 1});
  await world.refuse(await world.held(session.task));
  await held;
  return session;
}

test('Retention.WhatIsHeldIsNotErasedAndTheLedgerSaysWhoHeldIt', async () => {
  const world = await World.start();
  const session = await work(world, 'held');
  const [{ledger_index: entry, id}] = await world.decisions(session.task);
  await world.must('alice', 'POST', `/v1/tasks/${session.task}/end`, {reason: 'completed'});
  const placed = await json(world, ['ledger', 'hold', 'case-17', '--from', entry, '--reason', 'court order']);
  same([placed.status, placed.name, placed.from, placed.by], [0, 'case-17', entry, 'admin'], 'the hold');
  const table = await world.ambit.text('admin', ['ledger', 'holds']);
  check(table.includes('case-17'), 'the holds', table);
  const erase = ['task', 'erase', session.task, '--reason', 'request 42'];
  const held = await world.ambit.run('admin', erase);
  check(held.status !== 0 && held.err.includes('erase.held') && held.err.includes('case-17'), 'held', held);
  const foreign = await world.ambit.run('alice', ['ledger', 'release', 'case-17', '--reason', 'mine']);
  check(foreign.status !== 0 && foreign.err.includes('caller.role'), 'not for everybody', foreign);
  // It outlives the server, and its release is recorded too.
  await world.end('SIGKILL');
  await world.serve();
  const again = await world.ambit.run('admin', erase);
  check(again.err.includes('erase.held'), 'held after a crash', again);
  const released = await json(world, ['ledger', 'release', 'case-17', '--reason', 'case closed']);
  same([released.status, released.reason], [0, 'case closed'], 'the release');
  same((await json(world, erase)).status, 0, 'erased then');
  check((await world.decision(id)).values === 'erased', 'the values');
  const timeline = await world.ambit.text('admin', ['timeline', 'admin']);
  for (const words of ['placed the retention hold', 'released the retention hold', 'court order', 'case closed']) {
    check(timeline.includes(words), words, timeline);
  }
});

test('Erasure.WhatATaskLeftIsSealedOnDiskAndErasedForGood', async () => {
  const world = await World.start();
  const erased = await work(world, 'forgotten');
  const kept = await work(world, 'remembered');
  same(holding(world, kSecret), [], 'files with the secret in the clear');
  const ids = (await world.decisions(erased.task)).map(({id}) => id);
  check(JSON.stringify(await world.decision(ids[0])).includes(kSecret), 'who may read sees it');
  const key = wrappedKey(world, erased.task);
  check(holding(world, key).length > 0, 'the key is found, or the rest proves nothing');

  const early = await world.ambit.run('admin', ['task', 'erase', erased.task, '--reason', 'r']);
  check(early.status !== 0 && early.err.includes('task.open'), 'an open task is not erased', early);
  await world.must('alice', 'POST', `/v1/tasks/${erased.task}/end`, {reason: 'completed'});
  const checkpoint = fs.readFileSync(path.join(world.data, 'ledger/checkpoint'), 'utf8');
  const since = path.join(world.workspace, 'since.checkpoint');
  fs.writeFileSync(since, checkpoint);
  const answer = await json(world, ['task', 'erase', erased.task, '--reason', 'request 42']);
  same([answer.status, answer.keys, answer.reason], [0, [erased.task], 'request 42'], 'the answer');
  same(holding(world, key), [], 'files that still have the key');

  const told = await world.ambit.text('admin', ['decision', 'show', ids[0]]);
  check(told.includes('erased') && !told.includes(kSecret), 'decision show', told);
  const verified = await json(world,
    ['ledger', 'verify', `${world.data}/ledger`, '--since', since]);
  same([verified.status, verified.ok], [0, true], 'proofs stay valid');
  check(verified.values.erased >= ids.length && verified.values.opened > 0 &&
    verified.values.locked === 0, 'what was opened and erased', verified);
  const replayed = await json(world, ['replay', `${world.data}/ledger`]);
  same([replayed.status, replayed.different, replayed.erased], [0, 0, ids.length], 'replay');
  same(replayed.identical, replayed.decisions - ids.length, 'the rest comes out as recorded');

  await world.end('SIGKILL');
  await world.serve();
  check((await world.decision(ids[0])).values === 'erased', 'erased after a crash');
  const others = await world.decisions(kept.task);
  same((await world.decision(others[0].id)).values, 'open', 'others are not');
});

test('Erasure.WithoutItsKeysALedgerProvesButTellsNothing', async () => {
  const world = await World.start();
  const session = await work(world, 'copied');
  const copy = path.join(world.workspace, 'copy');
  await world.end();
  fs.cpSync(path.join(world.data, 'ledger'), path.join(copy, 'ledger'), {recursive: true});
  const verified = await json(world, ['ledger', 'verify', `${copy}/ledger`]);
  same([verified.status, verified.ok, verified.values.opened], [0, true, 0], 'verify');
  check(verified.values.locked > 0, 'all is locked', verified);
  const replayed = await json(world, ['replay', `${copy}/ledger`]);
  same([replayed.status, replayed.identical, replayed.locked], [1, 0, replayed.decisions], 'replay');
  const opened = await json(world, ['replay', `${copy}/ledger`, '--keys', world.data]);
  same([opened.status, opened.identical], [0, opened.decisions], 'replay with the keys');
  check(session.task.length > 0, 'it had a task');

  const rotated = await json(world, ['vault', 'rotate', world.data]);
  check(rotated.status === 0 && rotated.keys > 0, 'the master key is exchanged', rotated);
  const again = await json(world, ['replay', `${copy}/ledger`, '--keys', world.data]);
  same([again.status, again.identical], [0, again.decisions], 'replay after it');
  await world.serve();
  same((await world.decision((await world.decisions(session.task))[0].id)).values, 'open', 'served');
  const busy = await world.ambit.run('admin', ['vault', 'rotate', world.data]);
  check(busy.status !== 0 && busy.err.includes('store.locked'), 'not while a server runs', busy);
});
