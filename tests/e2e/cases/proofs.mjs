// What is handed over and checked without the server: bundles, receipts, tiles.
import {createHash} from 'node:crypto';
import {execFileSync, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {check, same, test, until} from '../lib/harness.mjs';
import {kRepository, shared, World} from '../lib/world.mjs';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const kVerifier = path.join(kRepository, 'verifier/verify-export.mjs');

// The root over leaf hashes, as RFC 6962 defines it.
function rootOf(hashes) {
  if (hashes.length === 1) return hashes[0];
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return sha256(Buffer.of(1), rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

const checkpointOf = (note) => {
  const [origin, size, root] = note.split('\n');
  return {origin, size: Number(size), root};
};

const onDisk = (world) => checkpointOf(fs.readFileSync(`${world.data}/ledger/checkpoint`, 'utf8'));

// A session that did something of each kind, with all of it under a checkpoint.
async function busy(world, name) {
  const session = await world.session(name, 'classes');
  for (let i = 0; i < 3; ++i) await session.call('query_orders', {table: 'orders'});
  await session.call('drop_table', {table: 'orders'});
  const [newest] = await world.decisions(session.task);
  await until('a checkpoint covers it', () => onDisk(world).size > newest.ledger_index);
  return session;
}

// Exit status and findings of the verifier in JavaScript.
function other(file, ...args) {
  try {
    return {status: 0, ...JSON.parse(execFileSync(process.execPath, [kVerifier, file, '--json', ...args],
      {stdio: ['ignore', 'pipe', 'ignore']}))};
  } catch (error) {
    return {status: error.status, ...JSON.parse(error.stdout)};
  }
}

test('Proofs.TheOtherVerifierTellsAWrongCommandLineFromAWrongBundle', () => {
  const status = (...args) => spawnSync(process.execPath, [kVerifier, ...args]).status;
  const asked = [[], ['/no/such/bundle.tar'], [kVerifier, '--key', 'no-key'],
    [kVerifier, '--since', '/no/such/checkpoint'], [kVerifier, kVerifier], [kVerifier, '--key'],
    [kVerifier, '--key', ''], [kVerifier, '--since'], [kVerifier, '--sins', 'x'], [kVerifier, '--key', '/dev/null'],
    [kVerifier, '--since', '/dev/null'], [kVerifier]];
  same(asked.map((args) => status(...args)), [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1], 'a file that is no bundle is wrong');
});

test('Proofs.Requirement_H11_WhatATaskDidIsHandedOverAndVerifiesOffline', async () => {
  const world = await shared();
  const session = await busy(world, 'exported');
  const out = path.join(world.base, 'exported.tar');
  const made = await world.ambit.json('admin', ['export', '--task', session.task, '--out', out]);
  check(made.matched >= 9 && made.entries > made.matched, 'what it holds', made);
  const key = fs.readFileSync(`${world.data}/ledger/ledger.pub`, 'utf8').trim();
  const ours = await world.ambit.json('admin', ['export', 'verify', out, '--key', key]);
  const theirs = other(out, '--key', `${world.data}/ledger/ledger.pub`);
  same(fs.statSync(out).mode & 0o777, 0o600, 'only its maker reads it');
  same([ours.ok, ours.findings], [true, []], 'ours');
  same([theirs.status, theirs.findings], [0, []], 'the other verifier');
  same([theirs.entries, theirs.size], [ours.entries, ours.size], 'what they saw');
  // Real documents: identities, task, tool, server, policies.
  const kinds = execFileSync('tar', ['-xOf', out, 'entries.jsonl']).toString().trim().split('\n')
    .map((line) => JSON.parse(line).record).filter(({kind}) => kind === 'document').map(({body}) => body.kind);
  for (const kind of ['identity', 'task', 'tool', 'server', 'policies']) {
    check(kinds.includes(kind), `a document of kind ${kind}`, kinds);
  }
  const bytes = fs.readFileSync(out);
  bytes[bytes.indexOf('query_orders')] ^= 1;
  fs.writeFileSync(out, bytes);
  const refused = await world.ambit.run('admin', ['export', 'verify', out, '--json']);
  same([refused.status, JSON.parse(refused.out).findings[0].finding], [1, 'entry_edited'], 'ours, changed');
  same([other(out).status, other(out).findings[0].finding], [1, 'entry_edited'], 'the other, changed');
});

test('Proofs.AReceiptOfADecisionIsKeptAndVerifiedAlone', async () => {
  const world = await shared();
  const session = await busy(world, 'receipted');
  const [{id}] = await world.decisions(session.task);
  const file = path.join(world.base, 'one.tlog-proof');
  // Within a second a checkpoint covers the decision.
  await until('a checkpoint covers it', async () => {
    const {status, err} = await world.ambit.run('carol', ['ledger', 'receipt', id, '--out', file]);
    check(status === 0 || err.includes('ledger.not_sealed'), 'not yet, at worst', err);
    return status === 0;
  });
  check(fs.readFileSync(file, 'utf8').startsWith('c2sp.org/tlog-proof@v1\n'), 'a tlog-proof');
  const key = `${world.data}/ledger/ledger.pub`;
  const verified = await world.ambit.json('carol', ['ledger', 'verify', '--receipt', file, '--key', key]);
  same([verified.ok, verified.record.body.id], [true, id], 'verified');
  const offline = await world.ambit.text('admin', ['ledger', 'proof', String(verified.index)]);
  check(offline.startsWith(`c2sp.org/tlog-proof@v1\nextra `), 'the same from the files', offline);
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/^index \d+/m, 'index 0'));
  const changed = await world.ambit.run('carol', ['ledger', 'verify', '--receipt', file, '--key', key]);
  same(changed.status, 1, 'changed');
  // An agent sees that of its own decisions only.
  const stranger = await world.session('stranger', 'classes');
  const url = `${world.url}/v1/decisions/${id}/receipt`;
  const {status} = await fetch(url, {headers: {Authorization: `DPoP ${stranger.token}`,
    DPoP: stranger.key.proof('GET', url, stranger.token)}});
  check(status === 403 || status === 404, 'a stranger', status);
});

// What a bundle holds in one of its files.
const fileOf = (bundle, name) => execFileSync('tar', ['-xOf', bundle, name]).toString();

test('Proofs.OpenedValuesAreCheckedOfflineAgainstWhatTheLeavesCommitTo', async () => {
  const world = await shared();
  const session = await busy(world, 'opened');
  const out = path.join(world.base, 'opened.tar');
  const key = fs.readFileSync(`${world.data}/ledger/ledger.pub`, 'utf8').trim();
  const made = await world.ambit.json('admin', ['export', '--task', session.task, '--open', '--out', out]);
  check(made.opened >= 4 && made.locked === 0 && made.erased === 0, 'what was opened', made);
  const ours = await world.ambit.json('admin', ['export', 'verify', out, '--key', key]);
  const theirs = other(out, '--key', key);
  same([ours.ok, ours.opened, theirs.status, theirs.opened], [true, made.opened, 0, made.opened], 'both verifiers');
  check(fileOf(out, 'opened.jsonl').includes('"arguments":{"table":"orders"}'), 'the arguments', fileOf(out, 'opened.jsonl'));
  // Another value, in the same length so that the archive still is one: both name the entry. The
  // manifest knows the file by its digest, so a forger who has the log's key would have to sign anew.
  const forged = fs.readFileSync(out);
  const at = forged.indexOf('"arguments":{"table":"orders"}');
  forged.write('"arguments":{"table":"ordorz"}', at);
  const wrong = path.join(world.base, 'forged.tar');
  fs.writeFileSync(wrong, forged);
  const refused = await world.ambit.run('admin', ['export', 'verify', wrong, '--key', key, '--json']);
  same(other(wrong).findings.map(({finding}) => finding), ['file'], 'the other verifier');
  same([refused.status, JSON.parse(refused.out).findings.map(({finding}) => finding)], [1, ['file']], 'ours');
});

test('Proofs.AuditorsExportOverRestAndTheLedgerSaysSo', async () => {
  const world = await shared();
  const session = await busy(world, 'exported-rest');
  const post = (name, body) => fetch(`${world.url}/v1/exports`, {method: 'POST', body: JSON.stringify(body),
    headers: {Authorization: `Bearer ${world.ambit.token(name)}`, 'Content-Type': 'application/json'}});
  same((await post('alice', {task: session.task})).status, 403, 'an operator');
  same((await post('pep', {task: session.task})).status, 403, 'an enforcement point');
  same((await post('carol', {tasks: session.task})).status, 400, 'an unknown member');
  same((await post('carol', {task: 'tsk_none'})).status, 404, 'nothing is selected');
  same((await post('carol', {from: -1})).status, 400, 'no index');
  const answer = await post('carol', {task: session.task, open: true});
  same([answer.status, answer.headers.get('content-type')], [200, 'application/x-tar'], 'the bundle');
  const bytes = Buffer.from(await answer.arrayBuffer());
  const out = path.join(world.base, 'rest.tar');
  fs.writeFileSync(out, bytes);
  const key = fs.readFileSync(`${world.data}/ledger/ledger.pub`, 'utf8').trim();
  const theirs = other(out, '--key', key);
  same([theirs.status, theirs.findings], [0, []], 'it verifies');
  check(theirs.opened >= 4, 'with its values', theirs);
  const {record} = (await world.must('carol', 'GET', `/v1/ledger/entries?count=1&from=` +
    answer.headers.get('ambit-ledger-index'))).items[0];
  same([record.kind, record.body.by, record.body.selection.task, record.body.opened],
    ['evidence.exported', 'carol', session.task, theirs.opened], 'the record');
  same(record.body.sha256, `sha256:${sha256(bytes).toString('hex')}`, 'of these very bytes');
  // One at a time: of many at once, those that get none are told to ask again.
  const many = await Promise.all(Array.from({length: 6}, () => post('carol', {from: 0})));
  const statuses = many.map(({status}) => status);
  check(statuses.includes(200) && statuses.every((status) => status === 200 || status === 429), 'all at once', statuses);
  await Promise.all(many.map((one) => one.arrayBuffer()));
  same((await post('carol', {task: session.task})).status, 200, 'the place is given back');
});

test('Proofs.TheLogIsServedAsTlogTiles', async () => {
  const world = await shared();
  await busy(world, 'tiled');
  const get = async (file, token) => {
    const response = await fetch(`${world.url}/tlog/${file}`,
      {headers: token ? {Authorization: `Bearer ${token}`} : {}});
    return {status: response.status, type: response.headers.get('content-type'),
      bytes: Buffer.from(await response.arrayBuffer())};
  };
  const note = await get('checkpoint');
  same([note.status, note.type], [200, 'text/plain; charset=utf-8'], 'the checkpoint, without a credential');
  const {size, root} = checkpointOf(note.bytes.toString());
  const token = world.ambit.token('carol');
  const leaves = [];
  const hashes = [];
  for (let from = 0, n = 0; from < size; from += 256, ++n) {
    const width = Math.min(256, size - from);
    const name = String(n).padStart(3, '0') + (width < 256 ? `.p/${width}` : '');
    const tile = await get(`tile/0/${name}`);
    same([tile.status, tile.bytes.length], [200, 32 * width], `tile ${name}`);
    for (let i = 0; i < width; ++i) hashes.push(tile.bytes.subarray(32 * i, 32 * i + 32));
    const {status, bytes} = await get(`tile/entries/${name}`, token);
    same(status, 200, `entries ${name}`);
    for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16BE(at)) {
      leaves.push(sha256(Buffer.of(0), bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at))));
    }
  }
  same(leaves.map((leaf) => leaf.toString('hex')), hashes.map((hash) => hash.toString('hex')), 'leaf hashes');
  same(rootOf(hashes).toString('base64'), root, 'the root');
  // Records are for auditors, and nothing stands beyond the checkpoint.
  same((await get('tile/entries/000.p/1')).status, 401, 'entries without a credential');
  same((await get('tile/entries/000.p/1', world.ambit.token('pep'))).status, 403, 'entries for others');
  same((await get('tile/0/999')).status, 404, 'beyond the end');
  same((await get('tile/0/..%2f..%2fkeys', token)).status < 500, true, 'no such tile');
  const {body} = await world.rest('carol', 'GET', `/v1/ledger/consistency?from=1&to=${size}`);
  check(body.hashes.length > 0, 'a consistency proof', body);
});

test('Proofs.ASealedTierIsLetGoOnlyUnderACheckpoint', async () => {
  const world = await World.start({flags: ['--sealed', 'low', '--sealed', 'elevated']});
  const session = await world.session('sealed', 'classes');
  for (let i = 0; i < 20; ++i) {
    const answer = await session.call('query_orders', {table: 'orders'});
    const {size} = onDisk(world);
    check(!answer.isError, 'released', answer);
    const [newest] = await world.items(`/v1/decisions?task=${session.task}&limit=1`);
    check(newest.ledger_index < size, 'the decision is under the checkpoint', {newest: newest.ledger_index, size});
  }
});

test('Proofs.TheKeyRotatesAndBundlesOfBothKeysVerify', async () => {
  const world = await World.start();
  const first = fs.readFileSync(`${world.data}/ledger/ledger.pub`, 'utf8').trim();
  const session = await busy(world, 'rotated');
  const kept = path.join(world.base, 'kept.checkpoint');
  fs.copyFileSync(`${world.data}/ledger/checkpoint`, kept);
  same((await world.ambit.run('admin', ['ledger', 'rotate-key'])).status !== 0, true, 'while a server runs');
  await world.end();
  const rotated = await world.ambit.json('admin', ['ledger', 'rotate-key']);
  same([rotated.keys, rotated.key === first], [2, false], 'a new key');
  await world.serve();
  const out = path.join(world.base, 'rotated.tar');
  await until('a checkpoint covers the change', () => onDisk(world).size > rotated.named_by);
  await world.ambit.json('admin', ['export', '--task', session.task, '--since', kept, '--out', out]);
  for (const key of [first, rotated.key]) {
    const ours = await world.ambit.json('admin', ['export', 'verify', out, '--key', key, '--since', kept]);
    same([ours.ok, ours.keys], [true, 2], 'ours');
    same(other(out, '--key', key, '--since', kept).status, 0, 'the other verifier');
  }
});
