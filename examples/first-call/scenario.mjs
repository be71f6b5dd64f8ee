#!/usr/bin/env node
// The guided scenario: a scripted agent, a real file server, and Ambit between them, in ten steps.
// Talks to a running server:
//   AMBIT_SERVER  its URL             AMBIT_DATA  its data directory, with admin.token
//   AMBIT_BIN     the ambit program
// Ends with status 0 only if every step came out as stated. Can be run again over the same data.
import path from 'node:path';
import {Ambit} from './lib/ambit.mjs';
import {listTools, read, spendBudget} from './lib/calls.mjs';
import {changeTool, endTask, prove} from './lib/closing.mjs';
import {write} from './lib/holds.mjs';
import {importTools, openTask, registerAgent} from './lib/opening.mjs';
import {importServer, publishPolicies, registerPeople} from './lib/people.mjs';
import {note, shorten, stepName} from './lib/say.mjs';
import {makeStage} from './lib/stage.mjs';

function settings() {
  const {AMBIT_SERVER: server, AMBIT_DATA: data, AMBIT_BIN: bin} = process.env;
  if (!server || !data || !bin) {
    console.error('set AMBIT_SERVER, AMBIT_DATA and AMBIT_BIN; or start `./run`, which does');
    process.exit(2);
  }
  return {server: server.replace(/\/+$/, ''), data: path.resolve(data), bin: path.resolve(bin)};
}

async function setUp(world) {
  const {ambit, stage} = world;
  await Promise.all([registerPeople(ambit), publishPolicies(ambit)]);
  const servers = [
    ['notes', 'notes.tools.json', ['--read', stage.notes, '--cwd', stage.notes],
      [stage.node, path.join(stage.app, 'notes_server.mjs'), stage.notes]],
    ['shell', 'shell.tools.json', ['--read', stage.bin, '--cwd', stage.bin],
      [stage.node, path.join(stage.app, 'shell_server.mjs')]],
  ];
  await Promise.all(servers.map(async ([name, ...rest]) => {
    await importServer(ambit, name, ...rest);
    await ambit.json('admin', ['tool', 'approve', name, '--yes']);
  }));
}

async function main() {
  const options = settings();
  const began = Date.now();
  const world = {ambit: new Ambit(options), stage: makeStage(options), agents: [], seen: {},
    run: began.toString(36)};
  shorten(world.stage.base);
  const steps = [importTools, registerAgent, openTask, listTools, read, write, spendBudget,
    changeTool, endTask, prove];
  try {
    await setUp(world);
    note('alice runs the agent and answers for it; bob approves; admin has set them up');
    for (const run of steps) await run(world);
  } finally {
    await Promise.all(world.agents.map((agent) => agent.stop().catch(() => {})));
  }
  console.log(`\nAll ten steps came out as stated, in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
}

main().catch((error) => {
  console.error(`\n${stepName()} did not come out as stated\n${error.stack ?? error}`);
  process.exit(1);
});
