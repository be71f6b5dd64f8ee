// Data directories of which a part is damaged, older or newer than it should be: refused by name, and
// left as they are.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {check, same, test} from '../../e2e/lib/harness.mjs';
import {fresh} from '../lib/faults.mjs';
import {ready} from '../lib/health.mjs';
import {startAndEnd} from '../lib/first_starts.mjs';

const kRegistry = ['ambit.db', 'ambit.db-wal', 'ambit.db-shm'];

// A stopped server with a little history.
async function stopped() {
  const scene = await fresh();
  const {id, claim} = await scene.newTask();
  await scene.admit(claim);
  same((await scene.ask(id, 'note', 'before')).verdict, 'allow', 'a call before');
  await scene.end();
  return {scene, task: id, file: (name) => path.join(scene.data, name)};
}

// Of every file, but for those that are locks or come and go.
function digests(folder) {
  const files = fs.readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && !/LOCK$|\.lock$|-shm$|-wal$|next\.tmp$|index\.sqlite$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  return new Map(files.map((file) =>
    [file, crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex')]));
}

// The start is refused for `reason`, and nothing is another afterwards.
async function isRefused({scene}, reason) {
  const before = digests(scene.data);
  const {status, err} = await startAndEnd(scene.data);
  check(status !== 0 && err.includes(`${reason}: `), `the start is refused: ${reason}`, {status, err});
  const after = digests(scene.data);
  same([...before.keys()].filter((file) => before.get(file) !== after.get(file)), [], 'what was changed');
}

function keep({file}, names) {
  const kept = names.filter((name) => fs.existsSync(file(name)))
    .map((name) => [name, fs.readFileSync(file(name))]);
  return () => {
    for (const name of names) fs.rmSync(file(name), {force: true});
    for (const [name, bytes] of kept) fs.writeFileSync(file(name), bytes, {mode: 0o600});
  };
}

async function works({scene, task}) {
  await scene.serve();
  same((await ready(scene)).status, 200, '/readyz');
  same((await scene.ask(task, 'note', 'after')).verdict, 'allow', 'a call after');
}

test('Damage.ARegistryThatIsOverwrittenOrCutOffIsRefused', async () => {
  const parts = await stopped();
  const restore = keep(parts, kRegistry);
  const registry = parts.file('ambit.db');
  const whole = fs.readFileSync(registry);
  for (const bytes of [Buffer.alloc(whole.length, 'x'), whole.subarray(0, whole.length / 2),
    Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 7)]), Buffer.from('{}')]) {
    fs.writeFileSync(registry, bytes);
    await isRefused(parts, 'store.corrupt');
  }
  restore();
  await works(parts);
});

test('Damage.ALostRegistryBesideALedgerMakesNoNewAdministrator', async () => {
  const parts = await stopped();
  const restore = keep(parts, kRegistry);
  const token = fs.readFileSync(parts.file('admin.token'), 'utf8');
  for (const name of kRegistry) fs.rmSync(parts.file(name), {force: true});
  const lost = await startAndEnd(parts.scene.data);
  check(lost.status === 5 && lost.err.includes('state.registry_behind: '), 'the start is refused', lost);
  fs.writeFileSync(parts.file('ambit.db'), '');
  const empty = await startAndEnd(parts.scene.data);
  check(empty.status === 5 && empty.err.includes('state.registry_behind: '), 'the start is refused', empty);
  same(fs.readFileSync(parts.file('admin.token'), 'utf8'), token, 'the token of the administrator');
  restore();
  await works(parts);
});

test('Damage.AnOlderRegistryDoesNotGiveBackWhatWasTakenAway', async () => {
  const parts = await stopped();
  const restore = keep(parts, kRegistry);
  await parts.scene.serve();
  await parts.scene.must('alice', 'POST', `/v1/tasks/${parts.task}/end`, {reason: 'stop'});
  await parts.scene.end();
  const newest = keep(parts, kRegistry);
  restore();
  await isRefused(parts, 'state.registry_behind');
  newest();
  await parts.scene.serve();
  same((await parts.scene.must('alice', 'GET', `/v1/tasks/${parts.task}`)).state, 'ended', 'the task');
});

test('Damage.AnOlderOrLostLedgerDoesNotGiveBackBudgets', async () => {
  const parts = await stopped();
  const ledger = parts.file('ledger');
  fs.cpSync(ledger, `${ledger}.old`, {recursive: true});
  await parts.scene.serve();
  const {id} = await parts.scene.newTask();
  await parts.scene.end();
  fs.renameSync(ledger, `${ledger}.newest`);
  const lost = await startAndEnd(parts.scene.data);
  check(lost.status === 5 && lost.err.includes('state.ledger_behind: '), 'a lost ledger', lost);
  fs.rmSync(ledger, {recursive: true});
  fs.renameSync(`${ledger}.old`, ledger);
  const older = await startAndEnd(parts.scene.data);
  check(older.status === 5 && older.err.includes('state.ledger_behind: '), 'an older ledger', older);
  fs.rmSync(ledger, {recursive: true});
  fs.renameSync(`${ledger}.newest`, ledger);
  await works(parts);
  same((await parts.scene.must('alice', 'GET', `/v1/tasks/${id}`)).state, 'open', 'the newer task');
});

test('Damage.WhatANewerProgramWroteIsRefusedByItsVersion', async () => {
  const parts = await stopped();
  const segment = parts.file('ledger/segments/000000000000.seg');
  const bytes = fs.readFileSync(segment);
  const version = bytes.readUInt32LE(8);
  const write = (number) => {
    const file = fs.openSync(segment, 'r+');
    const field = Buffer.alloc(4);
    field.writeUInt32LE(number);
    fs.writeSync(file, field, 0, 4, 8);
    fs.closeSync(file);
  };
  write(version + 1);
  await isRefused(parts, 'ledger.version');
  write(version);
  const restore = keep(parts, kRegistry);
  const registry = fs.readFileSync(parts.file('ambit.db'));
  registry.writeUInt32BE(99, 60);  // `user_version`, in SQLite's header
  fs.writeFileSync(parts.file('ambit.db'), registry);
  await isRefused(parts, 'store.future');
  restore();
  await works(parts);
});

test('Damage.ALedgerThatWasChangedIsRefusedAndTheEntryNamed', async () => {
  const parts = await stopped();
  const segment = parts.file('ledger/segments/000000000000.seg');
  const whole = fs.readFileSync(segment);
  const at = whole.indexOf('"kind":"decision"');
  const changed = Buffer.from(whole);
  changed[at + 9] ^= 1;
  fs.writeFileSync(segment, changed);
  const {status, err} = await startAndEnd(parts.scene.data);
  check(status !== 0 && err.includes('ledger.corrupt: ') && /entry \d+/.test(err), 'the start', {status, err});
  fs.writeFileSync(segment, whole);
  await works(parts);
});
