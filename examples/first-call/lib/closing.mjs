// Steps 8 to 10: a tool that changes, the end of a task, the evidence.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {hasText} from './calls.mjs';
import {renew} from './dpop.mjs';
import {held} from './holds.mjs';
import {startAgent, startTask} from './opening.mjs';
import {expect, lines, note, said, step, tried, until} from './say.mjs';

export async function changeTool(world) {
  step(8, 'A tool changes under the agent');
  const {ambit, stage} = world;
  const {task, claimFile} = await startTask(world, 'notes', 'keep notes',
    {tools: ['notes/add_note'], outcomes: ['create']});
  const agent = await startAgent(world, 'notes', claimFile);
  const first = await agent.call('add_note', {text: 'one'});
  expect(!first.isError && first.text.includes('kept'), 'a note kept', first);
  fs.writeFileSync(stage.version, String(Number(fs.readFileSync(stage.version, 'utf8')) + 1));
  tried('the notes server, running, lists a new optional argument: `also_mail_to`');
  await until('the tool is frozen', async () =>
    (await ambit.json('admin', ['tool', 'show', 'notes/add_note'])).state === 'frozen');
  const frozen = await agent.call('add_note', {text: 'two'});
  expect(frozen.error !== undefined || frozen.isError, 'no call of the changed tool', frozen);
  const {decision} = await ambit.lastDecision(task);
  expect(decision.reasons[0].code === 'tool.frozen', 'denied as `tool.frozen`', decision);
  const seen = await agent.step('list');
  expect(seen.tools.length === 0, 'the tool is gone for the agent', seen.tools);
  said('FROZEN', decision.reasons[0].message);
  await ambit.json('admin', ['tool', 'approve', 'notes', '--yes']);
  const after = await agent.call('add_note', {text: 'three'});
  expect(!after.isError && after.text?.includes('kept'), 'usable once approved again', after);
  said('ALLOWED', 'again, once the admin has approved what it lists now');
  await agent.stop();
}

export async function endTask(world) {
  step(9, 'The task ends');
  const {ambit, files, task, stage, probe} = world;
  const args = {path: path.join(stage.workspace, 'report.txt'), content: 'after the end\n'};
  const {answer, approval} = await held(world, files, task, 'write_file', args);
  tried('while a call waits for a human, alice ends the task');
  const ended = await ambit.json('alice', ['task', 'end', task]);
  const result = await answer;
  expect(result.isError || result.error, 'the held call refused', result);
  const {state} = await ambit.json('bob', ['approval', 'show', approval.id]);
  expect(state === 'refused', 'its approval refused', state);
  said('REFUSED', result.text ?? result.error);
  const late = await files.call('read_text_file', {path: args.path});
  expect(late.error?.includes('ended'), 'the credential is dead at once', late);
  said('DENIED', `the agent's next call: ${late.error}`);
  await ambit.json('alice', ['task', 'end', probe.task]);
  const dead = await renew(ambit.server, probe.token, probe.key);
  expect(dead.status === 401 && dead.body.reason === 'token.task_ended',
    'a credential of the other task dead too, with key and minutes left', dead);
  const {end_report: report} = ended;
  expect(report.verified && report.probes.length > 0 && report.probes.every((p) => p.refused),
    'the verifier found nothing alive', report);
  const stored = await ambit.json('alice', ['task', 'show', task]);
  expect(stored.state === 'ended' && stored.end_report.verified, 'the report stored', stored);
  expect(!hasText(world, 'report.txt', 'after the end\n'), 'nothing written');
  said('PROVED', `${report.probes.length} of ${report.probes.length} probes of what it had were refused`);
}

// A copy of the ledger in which one byte of this decision's entry is another.
function forge(ledger, id) {
  for (const name of fs.readdirSync(ledger, {recursive: true})) {
    const file = path.join(ledger, name);
    if (!fs.statSync(file).isFile()) continue;
    const bytes = fs.readFileSync(file);
    const at = bytes.indexOf(`"id":"${id}"`);
    if (at < 0) continue;
    bytes[at + 10] ^= 1;
    fs.writeFileSync(file, bytes);
    return;
  }
  expect(false, `decision ${id} in the ledger's files`);
}

export async function prove(world) {
  step(10, 'The evidence');
  const {ambit, seen} = world;
  for (const [verdict, id] of [['DENIED', seen.denied], ['HELD', seen.held], ['ALLOWED', seen.allowed]]) {
    const told = await ambit.text('alice', ['decision', 'show', id]);
    for (const word of [verdict, 'Why', 'authorised by', 'Under which policy', 'In what state']) {
      expect(told.includes(word), `\`${word}\` in what explains ${id}`, told);
    }
    if (verdict !== 'DENIED') continue;
    tried(`ambit decision show ${id}`);
    lines(told.split('\n').filter((line) => line.trim()).slice(0, 12).join('\n'));
  }
  const ledger = path.join(ambit.data, 'ledger');
  const good = await ambit.run('alice', ['ledger', 'verify', ledger]);
  expect(good.status === 0, 'a ledger that verifies', good);
  tried('ambit ledger verify');
  said('PROVED', good.out.split('\n')[0]);
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'ambit-ledger-'));
  try {
    fs.cpSync(ledger, copy, {recursive: true});
    forge(copy, seen.denied);
    const {ledger_index: entry} = await ambit.json('alice', ['decision', 'show', seen.denied]);
    const bad = await ambit.run('alice', ['ledger', 'verify', copy, '--json']);
    expect(bad.status === 1 && JSON.parse(bad.out).first_bad_index === entry,
      `a forged copy found out at entry ${entry}`, bad);
    tried('one byte of that denial is changed in a copy');
    said('DENIED', `entry ${entry}: ${JSON.parse(bad.out).what}`);
  } finally {
    fs.rmSync(copy, {recursive: true, force: true});
  }
  note('a rewrite by the holder of the log\'s key shows against a checkpoint kept elsewhere: --since');
}
