// The guided scenario as a user runs it, twice over the same data with a restart in between.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {check, test} from '../lib/harness.mjs';
import {kRepository, program, World} from '../lib/world.mjs';

const kScenario = path.join(kRepository, 'examples/first-call/scenario.mjs');

function runScenario({url, data}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [kScenario], {env: {...process.env, NO_COLOR: '1',
      AMBIT_SERVER: url, AMBIT_DATA: data, AMBIT_BIN: program()}});
    let out = '';
    child.stdout.on('data', (chunk) => { out += chunk; });
    child.stderr.on('data', (chunk) => { out += chunk; });
    child.on('close', (status) => resolve({status, out}));
  });
}

test('FirstCall.ComesOutAsStatedAndAgainAfterARestart', async () => {
  const world = await World.start();
  const memo = path.join(world.data, 'first-call.json');
  try {
    for (const time of ['first', 'second']) {
      const {status, out} = await runScenario(world);
      check(status === 0 && out.includes('All ten steps came out as stated'),
        `the ${time} run comes out as stated`, out.slice(-2500));
      await world.end();
      await world.serve();
    }
  } finally {
    if (fs.existsSync(memo)) {
      fs.rmSync(JSON.parse(fs.readFileSync(memo, 'utf8')).stage, {recursive: true, force: true});
    }
  }
}, {alone: true});
