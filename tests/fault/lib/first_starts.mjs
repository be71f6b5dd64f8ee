// Kills servers during their very first start: the next one must come up, with an administrator.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {program, World} from '../../e2e/lib/world.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Starts a server on `data` and kills it after `ms`, wherever it is then.
export async function startAndKill(data, port, ms) {
  fs.rmSync(path.join(data, 'serve.json'), {force: true});
  const child = spawn(program(), ['serve', '--data', data, '--port', String(port), '--quiet',
    '--log-level', 'off'], {stdio: 'ignore'});
  const gone = new Promise((resolve) => child.on('exit', (code) => resolve(code)));
  await pause(ms);
  child.kill('SIGKILL');
  const code = await gone;
  if (code !== null) throw new Error(`a start ended by itself with ${code}`);
}

// Starts a server that should refuse to: {status, err} of its end, within ten seconds.
export function startAndEnd(data) {
  return new Promise((resolve) => {
    const child = spawn(program(), ['serve', '--data', data, '--port', '0', '--quiet', '--log-level', 'off'],
      {stdio: ['ignore', 'ignore', 'pipe']});
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    let err = '';
    child.stderr.on('data', (chunk) => { err += chunk; });
    child.on('close', (status) => {
      clearTimeout(late);
      resolve({status, err});
    });
  });
}

// `rounds` of them on data directories of their own; gives their number.
export async function firstStarts(rounds, random) {
  for (let round = 0; round < rounds; ++round) {
    const base = fs.mkdtempSync(path.join(os.tmpdir(), 'ambit-first-'));
    const data = path.join(base, 'data');
    const kills = random.between(1, 3);
    for (let i = 0; i < kills; ++i) await startAndKill(data, 0, random.between(0, 60));
    const world = new World();
    Object.assign(world, {base, data});
    try {
      await world.serve();
      await world.must('admin', 'GET', '/v1/identities');
    } catch (error) {
      throw new Error(`after ${kills} killed first starts on ${base}: ${error.message} ${world.log}`);
    }
    await world.end('SIGKILL');
    fs.rmSync(base, {recursive: true, force: true});
  }
  return rounds;
}
