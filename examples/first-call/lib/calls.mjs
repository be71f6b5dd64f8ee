// Steps 4, 5 and 7: what the agent sees and does by itself.
import fs from 'node:fs';
import path from 'node:path';
import {startAgent, startTask} from './opening.mjs';
import {expect, note, said, step, tried} from './say.mjs';

export async function listTools(world) {
  step(4, 'The agent lists its tools');
  world.files = await startAgent(world, 'files', world.claimFile);
  const {tools} = await world.files.step('list');
  const expected = ['list_directory', 'move_file', 'read_text_file', 'write_file'];
  tried('the official MCP client, on `ambit mcp` instead of the server, asks for tools/list');
  expect(JSON.stringify(tools) === JSON.stringify(expected), 'only what the task covers', tools);
  said('ALLOWED', `it sees ${tools.length} of 14: ${tools.join(', ')}`);
}

// The reason and the remedy of a denied result, without the words around them.
const reasonsIn = (text) => text.split('\n').slice(1, -1).map((line) => line.replace(/^- /, ''));

// A call that must be denied for `reason`.
async function isDenied(world, what, args, reason) {
  const answer = await world.files.call('read_text_file', args);
  tried(what);
  expect(answer.isError && answer.meta?.['ambit/reason'] === reason, `denied as \`${reason}\``, answer);
  expect(!answer.text.includes('0451'), 'nothing of the secret', answer.text);
  said('DENIED', ...reasonsIn(answer.text));
  return answer;
}

export async function read(world) {
  step(5, 'The agent reads');
  const {files, stage} = world;
  const report = path.join(stage.workspace, 'report.txt');
  const answer = await files.call('read_text_file', {path: report}, {'ambit/intent': 'see the total'});
  tried('it reads report.txt in its folder');
  expect(!answer.isError && answer.text.includes('Total: 100'), 'the report', answer);
  said('ALLOWED', answer.text);
  world.seen.allowed = (await world.ambit.lastDecision(world.task)).id;
  const denied = await isDenied(world, 'it reads ../secret.txt', {path: '../secret.txt'}, 'scope.target');
  world.seen.denied = denied.meta['ambit/decision'];
  expect(denied.text.includes('What would make it allowed'), 'what would make it allowed', denied.text);
  await isDenied(world, 'it reads shortcut.txt, a symbolic link in its folder that points out of it',
    {path: path.join(stage.workspace, 'shortcut.txt')}, 'scope.target');
  await isDenied(world, 'it sends an argument that the tool never declared',
    {path: report, follow: true}, 'arguments.invalid');
  await duplicateKey(world, report);
  await unapprovedTool(world);
}

async function duplicateKey({files}, report) {
  const secret = JSON.stringify('../secret.txt');
  const {refused} = await files.step('raw', {frame: '{"jsonrpc":"2.0","id":"raw","method":"tools/call",' +
    `"params":{"name":"read_text_file","arguments":{"path":${JSON.stringify(report)},"path":${secret}}}}`});
  tried('it sends the argument `path` twice, so that two readers could see two calls');
  expect(refused !== undefined, 'a refusal', refused);
  said('REFUSED', refused.message);
}

async function unapprovedTool(world) {
  const {files, ambit, task, stage} = world;
  const answer = await files.call('directory_tree', {path: stage.workspace});
  tried('it calls `directory_tree`, which its task names but nobody has approved');
  expect(/Unknown tool/.test(answer.error ?? ''), 'a tool that does not exist for it', answer);
  const {decision} = await ambit.lastDecision(task);
  expect(decision.verdict === 'deny' && decision.reasons[0].code === 'tool.not_approved',
    'the attempt on record, denied as `tool.not_approved`', decision);
  said('DENIED', `${answer.error}; on record: ${decision.reasons[0].message}`);
}

export async function spendBudget(world) {
  step(7, 'A second task has a budget of 10 calls');
  const {task, claimFile} = await startTask(world, 'budget', 'read a little',
    {tools: ['files/read_text_file'], calls: 10});
  const agent = await startAgent(world, 'files', claimFile);
  const report = {path: path.join(world.stage.workspace, 'report.txt')};
  for (let i = 1; i <= 10; ++i) {
    const answer = await agent.call('read_text_file', report);
    expect(!answer.isError && !answer.error, `call ${i} of 10 allowed`, answer);
  }
  tried('the agent reads the report 10 times, then once more');
  const eleventh = await agent.call('read_text_file', report);
  expect(eleventh.isError && eleventh.meta?.['ambit/reason'] === 'limit.budget',
    'the 11th call denied for its budget', eleventh);
  said('DENIED', ...reasonsIn(eleventh.text));
  await agent.stop();
  const ended = await world.ambit.json('alice', ['task', 'end', task]);
  expect(ended.end_report.verified, 'a verified end', ended.end_report);
  note('its own task is not touched by that: budgets belong to tasks');
}

// Whether the file in the workspace has this text.
export const hasText = ({stage}, name, text) => {
  const file = path.join(stage.workspace, name);
  return fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text;
};
