// The `ambit` command, as whoever holds a token file.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {until} from './say.mjs';

export class Ambit {
  // `bin`: the program; `server`: the URL; `data`: the server's data directory.
  constructor({bin, server, data}) {
    Object.assign(this, {bin, server, data});
  }

  tokenFile(name) {
    return path.join(this.data, `${name}.token`);
  }

  token(name) {
    return fs.readFileSync(this.tokenFile(name), 'utf8').trim();
  }

  // Runs a verb as `name` and gives {status, out, err}.
  run(name, args, {input = '', env = {}} = {}) {
    return new Promise((resolve, reject) => {
      const child = spawn(this.bin, args, {env: {...process.env, AMBIT_SERVER: this.server,
        AMBIT_DATA: this.data, AMBIT_TOKEN_FILE: this.tokenFile(name), NO_COLOR: '1', ...env}});
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk) => { out += chunk; });
      child.stderr.on('data', (chunk) => { err += chunk; });
      child.stdin.on('error', () => {});
      child.stdin.end(input);
      child.on('error', reject);
      child.on('close', (status) => resolve({status, out, err: err.trim()}));
    });
  }

  // The answer of a verb that must succeed, as JSON.
  async json(name, args, options) {
    const end = args.includes('--') ? args.indexOf('--') : args.length;
    const {status, out, err} = await this.run(name, args.toSpliced(end, 0, '--json'), options);
    if (status !== 0) throw new Error(`\`ambit ${args.join(' ')}\` failed (${status}): ${err || out}`);
    return JSON.parse(out);
  }

  // The text of a verb that must succeed, as people see it.
  async text(name, args) {
    const {status, out, err} = await this.run(name, args);
    if (status !== 0) throw new Error(`\`ambit ${args.join(' ')}\` failed (${status}): ${err || out}`);
    return out;
  }

  // One request of the REST API: {status, body}.
  async rest(name, method, url, body) {
    const response = await fetch(this.server + url, {method,
      headers: {Authorization: `Bearer ${this.token(name)}`,
        ...(body !== undefined && {'Content-Type': 'application/json'})},
      ...(body !== undefined && {body: JSON.stringify(body)})});
    const text = await response.text();
    return {status: response.status, body: text === '' ? null : JSON.parse(text)};
  }

  async pendingApprovals(task) {
    const {items} = await this.json('bob', ['approval', 'list', '--state', 'pending']);
    return items.filter((item) => item.task === task);
  }

  async lastDecision(task) {
    return until('the search index knows the decision', async () => {
      const found = await this.json('alice', ['decision', 'list', '--task', task, '--limit', '1']);
      return found.not_indexed ? null : found.items[0];
    });
  }
}
