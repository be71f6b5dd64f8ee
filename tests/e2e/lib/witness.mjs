// A witness of our own (C2SP tlog-witness, tlog-cosignature), written from the specifications: it
// cosigns a checkpoint only when that continues what it cosigned before.
import {createHash, createPublicKey, generateKeyPairSync, sign, verify} from 'node:crypto';
import http from 'node:http';
import {atEnd} from './harness.mjs';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const kNoteKey = 1;  // types of keys in notes: Ed25519, and cosignatures with a time
const kCosignatureKey = 4;
const kSpkiHead = Buffer.from('302a300506032b6570032100', 'hex');

export const publicKey = (raw) =>
  createPublicKey({key: Buffer.concat([kSpkiHead, raw]), format: 'der', type: 'spki'});
const rawKey = (key) => key.export({format: 'der', type: 'spki'}).subarray(-32);
const keyId = (name, type, raw) => sha256(`${name}\n`, Buffer.of(type), raw).subarray(0, 4);

// `name+id+base64(type || key)`; names may hold a `+` no more than base64 may.
export function parseKey(text) {
  const [name, id, data] = [text.slice(0, text.indexOf('+')), ...text.slice(text.indexOf('+') + 1)
    .split(/\+(.*)/s)];
  const bytes = Buffer.from(data, 'base64');
  return {name, id: Buffer.from(id, 'hex'), type: bytes[0], raw: bytes.subarray(1)};
}

// The text of a signed note and its signatures: {text, signatures: [{name, id, bytes}]}.
export function parseNote(note) {
  const end = note.indexOf('\n\n');
  if (end < 0) throw new Error('a note has an empty line before its signatures');
  const signatures = note.slice(end + 2).split('\n').filter(Boolean).map((line) => {
    const [dash, name, data] = line.split(' ');
    if (dash !== '\u2014' || !data) throw new Error(`not a signature line: ${line}`);
    const bytes = Buffer.from(data, 'base64');
    return {name, id: bytes.subarray(0, 4), bytes: bytes.subarray(4)};
  });
  return {text: note.slice(0, end + 1), signatures};
}

export function parseCheckpoint(text) {
  const [origin, size, root] = text.split('\n');
  return {origin, size: Number(size), root: Buffer.from(root, 'base64')};
}

// Whether a witness of that key cosigned the note, and when.
export function cosignatureIn(note, key) {
  const {text, signatures} = parseNote(note);
  const found = signatures.find(({name, id}) => name === key.name && id.equals(key.id));
  if (!found) return undefined;
  const time = Number(found.bytes.readBigUInt64BE());
  const message = `cosignature/v1\ntime ${time}\n${text}`;
  return {time, good: verify(null, Buffer.from(message), publicKey(key.raw), found.bytes.subarray(8))};
}

// RFC 9162 section 2.1.4.2, word by word.
export function isConsistent(first, firstRoot, second, secondRoot, proof) {
  if (first === second) return proof.length === 0 && firstRoot.equals(secondRoot);
  if (first === 0) return proof.length === 0;
  const path = [...proof];
  if (Number.isInteger(Math.log2(first))) path.unshift(firstRoot);
  if (path.length === 0) return false;
  let [fn, sn] = [first - 1, second - 1];
  while (fn & 1) [fn, sn] = [fn >> 1, sn >> 1];
  let [fr, sr] = [path[0], path[0]];
  for (const c of path.slice(1)) {
    if (sn === 0) return false;
    if ((fn & 1) || fn === sn) {
      fr = sha256(Buffer.of(1), c, fr);
      sr = sha256(Buffer.of(1), c, sr);
      while (!(fn & 1) && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else {
      sr = sha256(Buffer.of(1), sr, c);
    }
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  return sn === 0 && fr.equals(firstRoot) && sr.equals(secondRoot);
}

export class Witness {
  // Listens. `logKey()` gives the key of the one log it knows, as soon as that has one.
  static async start(name, logKey) {
    const witness = new Witness(name, logKey);
    await witness.listen();
    atEnd(() => witness.stop());
    return witness;
  }

  constructor(name, logKey) {
    const {publicKey: key, privateKey} = generateKeyPairSync('ed25519');
    const raw = rawKey(key);
    Object.assign(this, {name, logKey, privateKey, raw, size: 0, root: undefined, answers: [],
      lies: false});
    this.id = keyId(name, kCosignatureKey, raw);
    this.text = `${name}+${this.id.toString('hex')}+` +
      Buffer.concat([Buffer.of(kCosignatureKey), raw]).toString('base64');
  }

  // What `ambit serve --witness` takes.
  get flag() { return `${this.text}=${this.url}`; }
  // How often it answered with that status.
  answered(status) { return this.answers.filter((answer) => answer.status === status).length; }

  listen(port = 0) {
    this.server = http.createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        let answer = {status: 500};
        try {
          answer = this.answer(request, Buffer.concat(chunks).toString());
        } catch (error) {
          answer.body = String(error);  // the test that waits for a cosignature shows the answers
        }
        this.answers.push(answer);
        response.writeHead(answer.status, {'content-type': answer.type ?? 'text/plain'});
        response.end(answer.body ?? '');
      });
    });
    return new Promise((done) => this.server.listen(port, '127.0.0.1', () => {
      this.port = this.server.address().port;
      this.url = `http://127.0.0.1:${this.port}`;
      done();
    }));
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }

  answer(request, body) {
    if (request.method !== 'POST' || request.url !== '/add-checkpoint') return {status: 404};
    const head = body.match(/^old (0|[1-9]\d*)\n((?:[A-Za-z0-9+/]+=*\n)*)\n/);
    if (!head) return {status: 400};
    const old = Number(head[1]);
    const proof = head[2].split('\n').filter(Boolean).map((line) => Buffer.from(line, 'base64'));
    const {text, signatures} = parseNote(body.slice(head[0].length));
    const checkpoint = parseCheckpoint(text);
    const log = parseKey(this.logKey());
    if (checkpoint.origin !== log.name) return {status: 404};
    const own = signatures.find(({name, id}) => name === log.name && id.equals(log.id));
    const trusted = log.type === kNoteKey && log.id.equals(keyId(log.name, kNoteKey, log.raw)) && own &&
      verify(null, Buffer.from(text), publicKey(log.raw), own.bytes);
    if (!trusted) return {status: 403};
    if (old > checkpoint.size) return {status: 400};
    if (old !== this.size) return this.conflict();
    if (this.root) {
      if (old === checkpoint.size && !checkpoint.root.equals(this.root)) return this.conflict();
      if (!isConsistent(old, this.root, checkpoint.size, checkpoint.root, proof)) return {status: 422};
    } else if (proof.length > 0) {
      return {status: 422};
    }
    Object.assign(this, {size: checkpoint.size, root: checkpoint.root});
    return {status: 200, body: this.cosign(text), size: checkpoint.size, proof: proof.length};
  }

  conflict() {
    return {status: 409, type: 'text/x.tlog.size', body: `${this.size}\n`};
  }

  cosign(text) {
    const time = Math.floor(Date.now() / 1000);
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), this.privateKey);
    if (this.lies) signature[7] ^= 1;
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(time));
    return `\u2014 ${this.name} ${Buffer.concat([this.id, stamp, signature]).toString('base64')}\n`;
  }
}
