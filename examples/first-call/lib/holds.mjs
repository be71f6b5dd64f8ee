// Step 6: what needs a human.
import path from 'node:path';
import {attackFrom} from './attack.mjs';
import {hasText} from './calls.mjs';
import {startAgent, startTask} from './opening.mjs';
import {expect, lines, note, said, step, tried, until} from './say.mjs';

const kBefore = 'Sales in March\nTotal: 100\nChecked: no\n';
const kAfter = 'Sales in March\nTotal: 120\nChecked: yes\n';

// Begins a call that must be held: {answer, approval}.
export async function held(world, agent, task, tool, args) {
  const before = new Set((await world.ambit.pendingApprovals(task)).map(({id}) => id));
  const answer = agent.call(tool, args);
  const approval = await until('the call is held', async () =>
    (await world.ambit.pendingApprovals(task)).find(({id}) => !before.has(id)));
  return {answer, approval};
}

const grant = (world, approval) =>
  world.ambit.json('bob', ['approval', 'grant', approval.id, '--yes']);
const refuse = (world, approval) =>
  world.ambit.json('bob', ['approval', 'refuse', approval.id, '--note', 'not this time']);

function checkView({view}, world) {
  expect(view.tool === 'write_file' && view.arguments.content === kAfter, 'the exact call', view);
  expect(view.change.before === kBefore && view.change.after === kAfter, 'what would change', view);
  expect(view.task === world.task && view.agent === world.agent && view.owners.business === 'alice',
    'the task, the agent, its owner', view);
  expect(view.reasons.length > 0 && view.scope && view.trigger, 'reason, scope, trigger', view);
}

export async function write(world) {
  step(6, 'The agent writes');
  const {files, stage} = world;
  const notes = path.join(stage.workspace, 'summary.txt');
  const created = await files.call('write_file', {path: notes, content: 'March went well\n'});
  tried('it creates summary.txt: nothing is there yet');
  expect(!created.isError && hasText(world, 'summary.txt', 'March went well\n'), 'the new file', created);
  said('ALLOWED', created.text);
  await overwrite(world);
  await onceOnly(world);
  await grantedLater(world);
  await refused(world);
  await unanswered(world);
}

async function overwrite(world) {
  const {ambit, files, task, stage} = world;
  const args = {path: path.join(stage.workspace, 'report.txt'), content: kAfter};
  const {answer, approval} = await held(world, files, task, 'write_file', args);
  world.seen.held = approval.decision;
  tried('it writes report.txt: the probe finds a file there, so the same tool now overwrites');
  said('HELD', approval.view.reasons[0].message);
  checkView(approval, world);
  const shown = await ambit.text('bob', ['approval', 'show', approval.id]);
  lines(shown.slice(shown.indexOf('What would change')).split('\n\n')[0]);
  await attackFrom(world, approval.id);
  const own = await ambit.run('alice', ['approval', 'grant', approval.id, '--yes']);
  expect(own.status === 1 &&
    own.err.startsWith('approval.own_request'), 'the one who started the task may not approve it', own);
  expect(hasText(world, 'report.txt', kBefore), 'nothing done while it waits');
  const granted = await grant(world, approval);
  const result = await answer;
  expect(!result.isError && hasText(world, 'report.txt', kAfter), 'the call done on the grant', result);
  expect(result.progress.length > 0, 'progress while it waited', result.progress);
  said('REFUSED', `alice grants it: ${own.err}`);
  said('GRANTED', `${granted.grants[0].by} grants it: the call, still open, goes through ` +
    `(${result.progress.length} signs of life while it waited)`);
}

async function onceOnly(world) {
  const {files, task, stage} = world;
  const file = path.join(stage.workspace, 'report.txt');
  const again = await held(world, files, task, 'write_file', {path: file, content: kAfter});
  const other = await held(world, files, task, 'write_file', {path: file, content: `${kAfter}.`});
  tried('it sends the same call again, and one with one byte more');
  expect(again.approval.action_digest !== other.approval.action_digest, 'two approvals of their own');
  said('HELD', 'anew, each for itself: an approval is for one call, once');
  for (const {answer, approval} of [again, other]) {
    await refuse(world, approval);
    const result = await answer;
    expect(result.isError && result.meta['ambit/reason'] === 'approval.refused', 'refused', result);
  }
  said('REFUSED', 'by bob, both; the agent is told not to repeat them');
  expect(hasText(world, 'report.txt', kAfter), 'the report as it was');
}

async function grantedLater(world) {
  const {files, task, stage} = world;
  const args = {source: path.join(stage.workspace, 'draft.txt'),
    destination: path.join(stage.workspace, 'final.txt')};
  const {answer, approval} = await held(world, files, task, 'move_file', args);
  tried('it moves draft.txt and gives up waiting; bob grants it later');
  await files.step('cancel', {of: answer.id});
  const given = await answer;
  expect(given.error !== undefined && hasText(world, 'draft.txt', 'first thoughts\n'),
    'the call given up, nothing moved', given);
  await grant(world, approval);
  const result = await files.call('move_file', args);
  expect(!result.isError && hasText(world, 'final.txt', 'first thoughts\n'),
    'the same call goes through once it is granted', result);
  said('GRANTED', 'the same call, sent again, goes through at once');
}

async function refused(world) {
  const {files, task, stage} = world;
  const {answer, approval} = await held(world, files, task, 'move_file', {
    source: path.join(stage.workspace, 'summary.txt'),
    destination: path.join(stage.workspace, 'report.txt')});
  tried('it moves summary.txt over report.txt');
  await refuse(world, approval);
  const result = await answer;
  expect(result.isError && hasText(world, 'report.txt', kAfter), 'nothing moved', result);
  expect(approval.view.change.before === kAfter, 'what would be lost was shown', approval.view);
  said('REFUSED', result.text);
}

async function unanswered(world) {
  const {task, claimFile} = await startTask(world, 'short', 'a task with a short deadline',
    {deadline: '4s'});
  const agent = await startAgent(world, 'files', claimFile);
  const answer = await agent.call('write_file',
    {path: path.join(world.stage.workspace, 'report.txt'), content: 'too late\n'});
  tried('in a task that ends in a few seconds it overwrites the report, and nobody answers');
  expect(answer.isError && hasText(world, 'report.txt', kAfter), 'no answer is a refusal', answer);
  const left = await world.ambit.pendingApprovals(task);
  expect(left.length === 0, 'nothing left that could be granted', left);
  said('REFUSED', answer.text);
  await agent.stop();
}
