#!/usr/bin/env node
// Verifies a bundle of evidence that `ambit export` made, offline and without Ambit: written from
// docs/formats/export.md, RFC 6962 and the C2SP specifications signed-note and tlog-checkpoint.
//   node verify-export.mjs BUNDLE.tar [--key KEY-OR-FILE] [--since CHECKPOINT-FILE] [--json]
// Exit status: 0 everything fits, 1 something is wrong, 2 the command line or a file it names makes no sense.
import {createHash, createHmac, createPublicKey, verify} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';

const kFormats = ['ambit-export/1', 'ambit-export/2'];  // the latter with values opened
const kFiles = ['README.md', 'checkpoint', 'checkpoints', 'entries.jsonl', 'keys', 'nodes', 'opened.jsonl'];
const listedFiles = (format) => kFiles.slice(0, format === kFormats[1] ? 7 : 6);
const kMaxFindings = 20;

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const leafHash = (record) => sha256(Buffer.of(0), record);
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);

const wrong = (finding, what, entry) => Object.assign(new Error(what), {finding, entry});

// Strict base64 with padding.
function fromBase64(text) {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
const isNumber = (text) => /^(0|[1-9][0-9]{0,14})$/.test(text);

// --- the archive: POSIX ustar in the one form that a bundle has

function tarHeader(name, size) {
  const header = Buffer.alloc(512);
  header.write(name, 0, 'latin1');
  header.write('0000644\x000000000\x000000000\x00', 100, 'latin1');
  header.write(`${size.toString(8).padStart(11, '0')}\x00${'0'.repeat(11)}\x00`, 124, 'latin1');
  header.write(' '.repeat(8) + '0', 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148, 'latin1');
  return header;
}

function readTar(bytes) {
  const files = [];
  let at = 0;
  while (at + 1024 < bytes.length) {
    const header = bytes.subarray(at, at + 512);
    const name = header.subarray(0, Math.max(0, header.indexOf(0))).toString('latin1');
    const digits = header.subarray(124, 135).toString('latin1');
    const size = /^[0-7]{11}$/.test(digits) ? parseInt(digits, 8) : -1;
    const right = /^[!-~]{1,99}$/.test(name) && size >= 0 && header.equals(tarHeader(name, size));
    if (!right) throw wrong('archive', `the header of file ${files.length + 1} of the archive was changed`);
    const [end, next] = [at + 512 + size, at + 512 + Math.ceil(size / 512) * 512];
    if (next > bytes.length) throw wrong('archive', `the archive is cut off inside \`${name}\``);
    if (bytes.subarray(end, next).some((byte) => byte !== 0)) throw wrong('archive', `something stands behind \`${name}\``);
    files.push({name, bytes: bytes.subarray(at + 512, end)});
    at = next;
  }
  const whole = bytes.length - at === 1024 && bytes.subarray(at).every((byte) => byte === 0);
  if (!whole) throw wrong('archive', 'the end of the archive was cut off or changed');
  return files;
}

// --- signed notes, checkpoints and keys

// `name+keyid+base64(0x01 || key)`
function parseKey(text) {
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  const bytes = parts && fromBase64(parts[3]);
  if (!bytes || bytes.length !== 33 || bytes[0] !== 1) throw wrong('key', `\`${text}\` is not a key`);
  const id = sha256(parts[1], '\n', bytes).subarray(0, 4);
  if (id.toString('hex') !== parts[2]) throw wrong('key', `\`${text}\` does not have its key id`);
  const x = bytes.subarray(1).toString('base64url');
  return {text, name: parts[1], id, key: createPublicKey({format: 'jwk', key: {kty: 'OKP', crv: 'Ed25519', x}})};
}

// The text of a note and its signatures.
function parseNote(bytes) {
  const note = bytes.toString('utf8');
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw wrong('checkpoint', 'it is not a signed note');
  const text = note.slice(0, split + 1);
  const signatures = note.slice(split + 2, -1).split('\n').map((line) => {
    const parts = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    const signature = parts && fromBase64(parts[2]);
    if (!signature || signature.length < 5) throw wrong('checkpoint', 'a signature line is malformed');
    return {name: parts[1], id: signature.subarray(0, 4), signature: signature.subarray(4)};
  });
  return {text, signatures};
}

// The text, if `key` signed it.
function openNote(bytes, key) {
  const {text, signatures} = parseNote(bytes);
  const mine = signatures.filter(({name, id}) => name === key.name && id.equals(key.id));
  if (mine.length === 0) throw wrong('key', `it is not signed by the key \`${key.text}\``);
  const right = mine.every(({signature}) => verify(null, Buffer.from(text), key.key, signature));
  if (!right) throw wrong('checkpoint', `the signature by \`${key.name}\` is wrong`);
  return text;
}

function parseCheckpoint(text) {
  const lines = text.split('\n');
  const root = lines.length === 4 && lines[3] === '' && isNumber(lines[1]) && fromBase64(lines[2]);
  if (!root || root.length !== 32) throw wrong('checkpoint', 'it is not a checkpoint');
  return {origin: lines[0], size: Number(lines[1]), root};
}

class KeyChain {
  // A key a line; behind every one but the first a space and the entry that named it.
  constructor(text) {
    this.text = text;
    if (!text.endsWith('\n')) throw wrong('key', '`keys` is cut off');
    this.keys = text.slice(0, -1).split('\n').map((line, i) => {
      const [key, named, ...rest] = line.split(' ');
      const right = i === 0 ? named === undefined : rest.length === 0 && named !== undefined && isNumber(named);
      if (!right) throw wrong('key', `line ${i + 1} of \`keys\` is malformed`);
      return {...parseKey(key), namedBy: i === 0 ? -1 : Number(named)};
    });
    const odd = this.keys.some(({name, namedBy}, i) => i > 0 && (name !== this.origin || namedBy <= this.keys[i - 1].namedBy));
    if (odd) throw wrong('key', '`keys` are not those of one log in their order');
  }
  get origin() { return this.keys[0].name; }
  get last() { return this.keys.at(-1); }
  // A checkpoint that the key for its size signed, and every key that was changed since `previous`.
  open(bytes, previous = Infinity) {
    const claimed = parseCheckpoint(parseNote(bytes).text);
    const due = this.keys.findLastIndex(({namedBy}) => namedBy < claimed.size);
    const checkpoint = parseCheckpoint(openNote(bytes, this.keys[Math.max(due, 0)]));
    if (checkpoint.origin !== this.origin) throw wrong('checkpoint', 'it is of another log');
    this.keys.forEach(({namedBy}, i) => i > 0 && namedBy >= previous && namedBy < checkpoint.size && openNote(bytes, this.keys[i - 1]));
    return checkpoint;
  }
}

// --- the Merkle tree: nodes are [level, index]; the map's key holds both

const nodeKey = (level, index) => index * 64 + level;

// The largest perfect subtrees of a tree, left to right.
function peaksOf(size) {
  const peaks = [];
  for (let level = 47, begin = 0; level >= 0; --level) {
    const width = 2 ** level;
    if (Math.floor(size / width) % 2 === 0) continue;
    peaks.push([level, begin / width]);
    begin += width;
  }
  return peaks;
}

const fold = (hashes) => hashes.length === 0 ? sha256()
  : hashes.reduceRight((right, left) => right === undefined ? left : nodeHash(left, right), undefined);

class Tree {
  constructor(text, {size, root}) {
    Object.assign(this, {size, stored: new Map(), known: new Map()});
    let before = [-1, 0];
    if (text !== '' && !text.endsWith('\n')) throw wrong('proof', 'the last line of `nodes` is cut off');
    text.split('\n').slice(0, -1).forEach((line, i) => {
      const [level, index, base64, ...rest] = line.split(' ');
      const hash = rest.length === 0 && base64 !== undefined && fromBase64(base64);
      const right = hash && hash.length === 32 && isNumber(level) && Number(level) < 48 && isNumber(index);
      const node = [Number(level), Number(index)];
      const behind = node[0] > before[0] || (node[0] === before[0] && node[1] > before[1]);
      if (!right || !behind) throw wrong('proof', `line ${i + 1} of \`nodes\` is not a level, an index and a hash behind the line before`);
      before = node;
      this.stored.set(nodeKey(...node), hash);
    });
    const peaks = peaksOf(size).map((node) => this.stored.get(nodeKey(...node)));
    const right = !peaks.includes(undefined) && fold(peaks).equals(root);
    if (!right) throw wrong('proof', 'the hashes in `nodes` do not give the root of the checkpoint');
    peaksOf(size).forEach((node, i) => this.known.set(nodeKey(...node), peaks[i]));
  }
  find(level, index) { return this.known.get(nodeKey(level, index)) ?? this.stored.get(nodeKey(level, index)); }
  // Climbs from a claimed hash to one that is known.
  proves(level, index, hash, keep = true) {
    const path = [];
    for (;;) {
      const known = this.known.get(nodeKey(level, index));
      if (known !== undefined) {
        const right = known.equals(hash);
        if (right && keep) for (const [key, value] of path) if (!this.known.has(key)) this.known.set(key, value);
        return right;
      }
      const beside = index % 2 === 0 ? index + 1 : index - 1;
      const sibling = this.find(level, beside);
      if (sibling === undefined || level >= 47) return false;
      path.push([nodeKey(level, index), hash], [nodeKey(level, beside), sibling]);
      hash = index % 2 === 1 ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
      level += 1;
      index = Math.floor(index / 2);
    }
  }
  // Whether the first `size` entries have this root; undefined when the nodes cannot tell.
  hasPrefix({size, root}) {
    const hashes = [];
    for (const [level, index] of peaksOf(size)) {
      const hash = this.find(level, index);
      if (hash === undefined || !this.proves(level, index, hash)) return undefined;
      hashes.push(hash);
    }
    return fold(hashes).equals(root);
  }
  unconfirmed() { return [...this.stored].find(([key, hash]) => !this.known.get(key)?.equals(hash))?.[0]; }
}

// --- records

// Whole numbers that JavaScript would round stay as they are written.
const parseExactly = (text) => JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g,
  (part) => part[0] === '"' ? part : `"\\u0000${part}"`));

// Canonical JSON, RFC 8785.
const canonical = (value) => Array.isArray(value) ? `[${value.map(canonical).join(',')}]`
  : value !== null && typeof value === 'object'
    ? `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`
    : typeof value === 'string' && value[0] === '\0' ? value.slice(1) : JSON.stringify(value);

// Documents that a situation's facts name.
const documentsOf = (facts) => [facts.policy?.document, ...Object.entries(facts).flatMap(([key, value]) =>
  key.endsWith('_document') ? [value] : key.endsWith('_documents') ? value : [])].filter((x) => typeof x === 'string');

function checkReferences(entries, find) {
  const there = new Set();  // what has its digest
  const parts = new Map();  // of documents that are not whole yet
  const needed = [];
  const settle = (what, index, id, sealed, ...bytes) => {
    there.add(what + id);
    if (sealed !== undefined) return;  // encrypted beside the leaf: its digest is of what is not here
    if (sha256(...bytes).toString('base64url') === id) return;
    find('reference', `the ${what} in entry ${index} does not have its digest`, index);
  };
  for (const {index, record} of entries) {
    const {kind, body} = parseExactly(record.toString('utf8'));
    if (kind === 'decision') needed.push(['situation', index, body.situation]);
    if (kind === 'situation') {
      settle(kind, index, body.id, body.sealed, canonical(body.facts));
      for (const id of documentsOf(body.facts)) needed.push(['document', index, id]);
    }
    if (kind !== 'document' || there.has(kind + body.digest)) continue;
    if ((body.sealed ?? body.value) !== undefined) settle(kind, index, body.digest, body.sealed, canonical(body.value));
    else {
      const before = body.part === 1 ? [] : parts.get(body.digest) ?? [];
      if (body.part === before.length + 1) before.push(Buffer.from(body.bytes, 'base64'));
      parts.set(body.digest, before);
      if (before.length === body.parts) settle(kind, index, body.digest, undefined, ...before);
    }
  }
  for (const [what, index, id] of needed) {
    if (there.has(what + id)) continue;
    there.add(what + id);
    find('reference', `entry ${index} refers to the ${what} \`${id}\`, which the bundle lacks`, index);
  }
}

// Opened values: each must be what its entry commits to, by the committing key of the key it names.
function checkOpened(bytes, entries, find) {
  const [keys, records] = [new Map(), new Map(entries.map(({index, record}) => [index, record]))];
  const part = (text) => [Buffer.from([0, 0, 0, 0].map((_, i) => Buffer.byteLength(text) >> (24 - 8 * i) & 255)), text];
  const lines = bytes.toString('utf8').split('\n');
  if (lines.pop() !== '') throw wrong('opened', 'the last line of `opened.jsonl` is cut off');
  let [before, right] = [-1, 0];
  for (const line of lines) {
    const [, commit, key] = /^\{"commit":"([\w-]{43})","key":("[^"\\]+")\}$/.exec(line) ?? [];
    const [, entry, values] = /^\{"entry":(0|[1-9]\d{0,14}),"values":(\{.*\})\}$/.exec(line) ?? [];
    if (key && before < 0) keys.set(JSON.parse(key), Buffer.from(commit, 'base64url'));
    else if (!entry || Number(entry) <= before || canonical(parseExactly(values)) !== values) throw wrong('opened', 'a line of `opened.jsonl` is not of its form');
    else {
      before = Number(entry);
      const {kind, body} = JSON.parse(records.get(before)?.toString('utf8') ?? '{}');
      const secret = keys.get(body?.sealed?.key);
      const id = body && [body.id, body.decision, body.approval].find((x) => typeof x === 'string' && x !== '');
      const head = secret && [...part(body.sealed.key), ...part(`${kind}\n${id ?? ''}`), values];
      const mac = head?.reduce((hash, text) => hash.update(text), createHmac('sha256', secret)).digest('base64url');
      if (mac && mac === body.sealed.commitment) ++right;
      else find('opened', `the values of entry ${before} are not those that it commits to`, before);
    }
  }
  return right;
}

// --- the bundle

function openFiles(bytes) {
  const files = readTar(bytes);
  const opened = files.some(({name}) => name === 'opened.jsonl');
  const names = [...listedFiles(kFormats[opened ? 1 : 0]), 'manifest.json', 'manifest.sig'];
  const lost = names.find((name, i) => files[i]?.name !== name);
  if (lost) throw wrong('archive', `\`${lost}\` is not in its place in the archive`);
  if (files.length !== names.length) throw wrong('archive', 'the archive holds more than a bundle has');
  return Object.fromEntries(files.map(({name, bytes: content}) => [name, content]));
}

function openManifest({'manifest.json': bytes, 'opened.jsonl': opened}) {
  const bad = (what) => wrong('manifest', `\`manifest.json\` ${what}`);
  const manifest = JSON.parse(bytes.toString('utf8'));
  if (!Buffer.from(`${canonical(manifest)}\n`).equals(bytes)) throw bad('is not canonical JSON');
  const whole = (n) => Number.isSafeInteger(n) && n >= 0;
  const {checkpoint, entries, files, selection, format, origin} = manifest;
  if (format !== kFormats[opened ? 1 : 0]) throw bad('is of another format, or of one that has other files');
  const right = typeof origin === 'string' && whole(checkpoint?.size) && typeof checkpoint.root === 'string' &&
    Array.isArray(entries?.ranges) && whole(entries.count) && whole(entries.matched) && whole(selection?.from) &&
    Array.isArray(files) && files.map(({name}) => name).join() === listedFiles(format).join();
  if (!right) throw bad('lacks a member');
  entries.ranges.reduce((end, range) => {
    const rises = Array.isArray(range) && range.length === 2 && range.every(whole) && range[0] > end && range[0] < range[1];
    if (!rises || range[1] > checkpoint.size) throw bad('has ranges that do not ascend or go beyond the checkpoint');
    return range[1];
  }, -1);
  if (entries.ranges.reduce((total, [from, to]) => total + to - from, 0) !== entries.count) throw bad('counts other entries than it lists');
  return manifest;
}

function openCheckpoint(files, keys, manifest) {
  const checkpoint = keys.open(files.checkpoint);
  const named = `${checkpoint.size} entries, the manifest names one of ${manifest.checkpoint.size} entries`;
  if (checkpoint.size < manifest.checkpoint.size) throw wrong('rolled_back', `the checkpoint covers ${named}`, checkpoint.size);
  const same = checkpoint.size === manifest.checkpoint.size && checkpoint.root.toString('base64') === manifest.checkpoint.root;
  if (!same) throw wrong('forked', `the checkpoint states another history of ${named}`);
  return checkpoint;
}

function parseEntries(bytes, listed, find) {
  const entries = [];
  for (let at = 0, number = 1; at < bytes.length; ++number) {
    const end = bytes.indexOf(10, at);
    if (end < 0) return find('truncated', `line ${number} of \`entries.jsonl\` is cut off`, listed[number - 1]), entries;
    const line = bytes.subarray(at, end);
    // The record is what stands between the last fixed word and the last brace, byte by byte.
    const head = /^\{(?:"beside":"([A-Za-z0-9+/=]+)",)?"index":(0|[1-9][0-9]{0,14}),"record":(?=\{)/.exec(line.toString('latin1'));
    const right = head && (head[1] === undefined || fromBase64(head[1])) && line.at(-1) === 0x7d && line.at(-2) === 0x7d;
    if (right) entries.push({index: Number(head[2]), record: line.subarray(head[0].length, -1)});
    else find('entry_edited', `line ${number} of \`entries.jsonl\` is not an entry`, listed[number - 1]);
    at = end + 1;
  }
  return entries;
}

function compareWithList(entries, listed, find) {
  entries.forEach(({index: b}, i) => {
    const a = entries[i - 1]?.index ?? -1;
    if (a === b) find('entry_inserted', `entry ${b} stands there twice`, b);
    if (a > b) find('entries_reordered', `entry ${b} stands behind entry ${a}`, b);
  });
  const present = new Set(entries.map(({index}) => index));
  const expected = new Set(listed);
  for (const index of present) if (!expected.has(index)) find('entry_inserted', `entry ${index} is not one that the manifest lists`, index);
  const last = entries.reduce((most, {index}) => Math.max(most, index), -1);
  for (const index of listed.filter((one) => !present.has(one))) {
    if (index > last) return find('truncated', `entry ${index} and what follows it were cut off`, index);
    find('entry_removed', `entry ${index} was removed`, index);
  }
}

// An entry that is not in its place may be in another: that tells what was done.
function nameMisfit(entries, i, listed, tree, find) {
  const fits = (k, index) => index < tree.size && tree.proves(0, index, leafHash(entries[k].record), false);
  const {index} = entries[i];
  if (i + 1 < entries.length && fits(i + 1, index)) return find('entry_inserted', `an entry was put in before entry ${index}`, index);
  for (const other of listed) {
    if (other === index || !fits(i, other)) continue;
    return entries.some((_, k) => fits(k, index))
      ? find('entries_reordered', `entry ${index} and entry ${other} changed places`, index)
      : find('entry_removed', `entry ${index} was removed, entry ${other} is in its place`, index);
  }
  find('entry_edited', `entry ${index} was changed`, index);
}

const isKeyRecord = (record) => record.subarray(-30).toString('latin1').endsWith(',"kind":"ledger.key","v":1}');

// Every change of keys that `keys` claims is a record that says so.
function checkKeyRecords(entries, keys, find) {
  const records = entries.filter(({record}) => isKeyRecord(record));
  for (let i = 0; i < Math.max(records.length, keys.keys.length - 1); ++i) {
    const body = records[i] && JSON.parse(records[i].record.toString('utf8')).body;
    const [from, to] = [keys.keys[i], keys.keys[i + 1]];
    const right = body && to && body.from === from.text && body.to === to.text && records[i].index === to.namedBy;
    if (!right) return find('key', '`keys` does not hold the keys that the log\'s entries name', records[i]?.index);
  }
}

function checkEntries({files, manifest, keys, tree, find, changed}) {
  const {count} = manifest.entries;
  // The manifest is a stranger's: it must not make us list entries without end.
  const endless = count > 2 ** 20 + files['entries.jsonl'].length / '{"index":0,"record":{}}\n'.length;
  if (endless) return find('truncated', `\`entries.jsonl\` is too short for the ${count} entries of the manifest`);
  const listed = [];
  for (const [from, to] of manifest.entries.ranges) for (let i = from; i < to; ++i) listed.push(i);
  const entries = parseEntries(files['entries.jsonl'], listed, find);
  compareWithList(entries, listed, find);
  const misfits = entries.flatMap(({index, record}, i) =>
    index < tree.size && tree.proves(0, index, leafHash(record)) ? [] : [i]);
  const nodesOnly = changed('nodes') && !changed('entries.jsonl');
  for (const i of misfits.slice(0, 4)) {
    if (!nodesOnly) nameMisfit(entries, i, listed, tree, find);
    else find('proof', `the hashes in \`nodes\` do not prove entry ${entries[i].index}`, entries[i].index);
  }
  const {from, to = Infinity, task, agent} = manifest.selection;
  const asked = Math.min(to, tree.size);
  const lacks = task === undefined && agent === undefined && from < asked &&
    !manifest.entries.ranges.some(([begin, end]) => begin <= from && end >= asked);
  if (lacks) find('entry_removed', 'an entry of the range selected is not in the bundle');
  checkKeyRecords(entries, keys, find);
  return entries;
}

function checkCheckpoints({files, keys, tree, find, tried}) {
  const text = files.checkpoints.toString('utf8');
  const notes = text.split('\n\n\n');
  if (notes.pop() !== '') find('checkpoint', 'the last note of `checkpoints` is cut off');
  let previous = 0;
  [...notes.map((note) => Buffer.from(`${note}\n`)), files.checkpoint].forEach((note, i) => {
    const which = i < notes.length ? `checkpoint ${i + 1} of \`checkpoints\`` : '`checkpoint`';
    const checkpoint = tried(() => keys.open(note, previous), 'checkpoint', `${which}: `);
    if (!checkpoint) return;
    const late = i < notes.length && (checkpoint.size >= tree.size || (i > 0 && checkpoint.size <= previous));
    if (late) find('checkpoint', `${which} is out of order`);
    previous = checkpoint.size;
    const right = tree.hasPrefix(checkpoint);
    if (right === false) find('forked', `${which} states another history than the newest one`);
    if (right === undefined) find('proof', `${which} cannot be compared: \`nodes\` lacks hashes`);
  });
}

function checkSince(since, {keys, tree, find, tried}) {
  const kept = tried(() => ({...keys.open(since)}), '', 'the checkpoint kept elsewhere is not of a key of this bundle: ', 'key');
  if (!kept) return;
  const which = `the checkpoint kept elsewhere, of ${kept.size} entries,`;
  if (kept.size > tree.size) return find('rolled_back', `${which} covers more than that of the bundle, of ${tree.size} entries`, tree.size);
  const right = tree.hasPrefix(kept);
  if (right === false) find('forked', `the log of this bundle does not continue ${which} it was forked or rewritten`);
  if (right === undefined) find('not_comparable', `${which} cannot be compared: ask for a bundle exported with it`);
}

// What is wrong with a bundle, and what it is.
export function verifyExport(bytes, {key, since} = {}) {
  const findings = [];
  const find = (finding, what, entry) => findings.length < kMaxFindings &&
    findings.push({finding, ...(entry !== undefined && {entry}), what});
  const report = {findings};
  // What `run` gives, or nothing, and a finding of its kind or of the kind `always`.
  const tried = (run, otherwise, before = '', always = undefined) => {
    try { return run(); } catch (error) {
      return void find(always ?? error.finding ?? otherwise, before + error.message, error.entry);
    }
  };
  const files = tried(() => openFiles(bytes), 'archive');
  const manifest = files && tried(() => openManifest(files), 'manifest');
  const keys = manifest && tried(() => new KeyChain(files.keys.toString('utf8')), 'key');
  if (!keys) return report;
  const known = !key || keys.keys.some(({text}) => text === key);
  if (!known) find('key', `the bundle is of a log that never had the key \`${key}\``);
  if (keys.origin !== manifest.origin) find('key', '`keys` and the manifest are of different logs');
  if (findings.length > 0) return report;
  const changed = (name) =>
    manifest.files[kFiles.indexOf(name)].sha256 !== sha256(files[name]).toString('hex');
  const checkpoint = tried(() => openCheckpoint(files, keys, manifest), 'checkpoint');
  const tree = checkpoint && tried(() => new Tree(files.nodes.toString('utf8'), checkpoint), 'proof');
  let entries;
  const all = {files, manifest, keys, tree, find, tried, changed};
  if (tree) {
    entries = tried(() => checkEntries(all), 'entry_edited');
    checkCheckpoints(all);
    if (since) checkSince(since, all);
    const node = findings.length === 0 ? tree.unconfirmed() : undefined;
    if (node !== undefined) find('proof', `the hash of level ${node % 64}, index ${Math.floor(node / 64)} in \`nodes\` is not one of the tree`);
  }
  if (findings.length === 0) {
    for (const name of listedFiles(manifest.format)) if (changed(name)) find('file', `\`${name}\` is not the file that the manifest lists`);
  }
  const signed = `${manifest.format}\n${manifest.origin}\n${sha256(files['manifest.json']).toString('base64')}\n`;
  const text = tried(() => openNote(files['manifest.sig'], keys.last), '', '`manifest.sig`: ', 'signature');
  if (text !== undefined && text !== signed) find('signature', 'the manifest is not the one that was signed');
  if (findings.length === 0) tried(() => checkReferences(entries, find), 'reference');
  const opened = findings.length === 0 && manifest.format === kFormats[1] ? tried(() => checkOpened(files['opened.jsonl'], entries, find), 'opened') : 0;
  Object.assign(report, {opened, entries: entries?.length, matched: manifest.entries.matched, selection: manifest.selection,
    size: checkpoint?.size, origin: manifest.origin, keys: keys.keys.length});
  return report;
}

function main(words) {
  const usage = () => (console.error('usage: node verify-export.mjs BUNDLE.tar [--key KEY-OR-FILE] [--since CHECKPOINT-FILE] [--json]'), 2);
  let given, bundles;
  try { ({values: given, positionals: bundles} = parseArgs({args: words, allowPositionals: true, options: {json: {type: 'boolean'}, key: {type: 'string'}, since: {type: 'string'}}})); } catch { return usage(); }
  if (bundles.length !== 1 || given.key === '' || given.since === '') return usage();
  const read = (path) => { try { return readFileSync(path); } catch (error) { console.error(error.message); process.exit(2); } };
  const key = given.key && (existsSync(given.key) ? read(given.key).toString() : given.key).split(/[ \n]/)[0];
  const since = given.since && read(given.since);
  if ((key !== undefined && !key.includes('+')) || since?.length === 0) return usage();
  const report = verifyExport(read(bundles[0]), {key, since});
  const ok = report.findings.length === 0;
  if (given.json) console.log(JSON.stringify({ok, ...report}));
  else if (ok) console.log(`ok: ${report.entries} entries of \`${report.origin}\` under its checkpoint of ${report.size} entries`);
  else for (const {finding, what} of report.findings) console.log(`WRONG: ${what} (${finding})`);
  if (ok && !given.key) console.error('the bundle\'s own key was believed; give --key, known from elsewhere, to be sure of it');
  return ok ? 0 : 1;
}

if (process.argv[1]?.endsWith('verify-export.mjs')) process.exitCode = main(process.argv.slice(2));
