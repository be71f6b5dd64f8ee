// Kills a server with `kill -9` under concurrent load, over and over on one data directory, and holds
// everything that it had acknowledged against what it knows when it is back.
//   node tests/fault/service_kill.mjs [--rounds N] [--seed S]
// AMBIT_BIN: the program. The data of a failed run is kept.
import fs from 'node:fs';
import {parseArgs} from 'node:util';
import {Book} from './lib/book.mjs';
import {Checks} from './lib/checks.mjs';
import {firstStarts} from './lib/first_starts.mjs';
import {Load} from './lib/load.mjs';
import {generator} from './lib/random.mjs';
import {Scene} from './lib/scene.mjs';

const {values} = parseArgs({options: {rounds: {type: 'string', default: '200'},
  seed: {type: 'string', default: String(Date.now() % 2 ** 32)}}});
const rounds = Number(values.rounds);
const seed = Number(values.seed);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// One life: load, a kill at a moment of chance, and a start that may be killed, too.
async function lifeAndDeath({scene, book, load, random}) {
  const running = load.run();
  running.catch(() => {});
  // A number of answers and not a time alone, so that a slow machine is no less under load.
  await Promise.race([book.afterAnswers(random.between(0, 250)), pause(5000), running]);
  await pause(random.between(0, 10));
  await scene.end('SIGKILL');
  await running;
  while (random.chance(0.15)) await scene.startAndKill(random.between(0, 120));
  await scene.serve();
}

async function offline(scene) {
  const {ambit} = scene;
  const ledger = `${scene.data}/ledger`;
  const verified = await ambit.run('admin', ['ledger', 'verify', ledger]);
  if (verified.status !== 0) throw new Error(`the ledger does not verify: ${verified.out}${verified.err}`);
  const replayed = await ambit.run('admin', ['replay', ledger, '--json']);
  const report = JSON.parse(replayed.out);
  if (replayed.status !== 0 || report.identical !== report.decisions) {
    throw new Error(`not all decisions replay: ${replayed.out.slice(0, 2000)}`);
  }
  return report.decisions;
}

async function main() {
  const random = generator(seed);
  console.log(`${rounds} rounds, seed ${seed}`);
  const starts = await firstStarts(Math.max(3, Math.floor(rounds / 10)), random);
  // Most starts begin with a snapshot that is a moment old.
  const scene = await Scene.make({flags: ['--snapshot-every', '20ms']});
  const book = new Book();
  const load = new Load({scene, book, random});
  const checks = new Checks({scene, book, random});
  let round = 0;
  try {
    for (; round < rounds; ++round) {
      await lifeAndDeath({scene, book, load, random});
      if (scene.log.includes('snapshot.')) throw new Error('a snapshot was not believed');
      await checks.all(load);
    }
    await checks.readLedger();
    await checks.sessions();
    await scene.end();
    const replayed = await offline(scene);
    console.log(JSON.stringify({...checks.counts, lives: scene.life, first_starts: starts, replayed}));
    console.log(`${rounds} kills: nothing acknowledged was lost, nothing unacknowledged released`);
  } catch (error) {
    console.log(`round ${round}, seed ${seed}, data in ${scene.base}`);
    await scene.end('SIGKILL');
    fs.cpSync(scene.base, `${scene.base}.kept`, {recursive: true});
    console.log(error.stack);
    console.log(scene.log);
    process.exitCode = 1;
  }
  await scene.remove();
}

await main();
