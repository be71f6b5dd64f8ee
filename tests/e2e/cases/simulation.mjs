// Policies are tried on what really happened before they take effect.
import fs from 'node:fs';
import path from 'node:path';
import {check, same, test} from '../lib/harness.mjs';
import {kRepository, World} from '../lib/world.mjs';

const kStarter = fs.readFileSync(path.join(kRepository, 'policies/starter.cedar'), 'utf8');
const kEcho = '@id("echo") permit(principal, action == Ambit::Action::"plain___echo", resource);\n';
const kAdd = '@id("add") permit(principal, action == Ambit::Action::"plain___add", resource);\n';

const draft = (world, text) => {
  const file = path.join(world.base, 'starter.cedar');
  fs.writeFileSync(file, text);
  return file;
};
const put = (world, ...args) => world.ambit.run('admin', ['policy', 'put', ...args]);
const version = async (world) => (await world.must('admin', 'GET', '/v1/policies')).version;

async function records(world, kind) {
  const {items} = await world.must('carol', 'GET', '/v1/ledger/entries?from=0&count=256');
  return items.map(({record}) => record).filter((record) => record.kind === kind)
    .map(({body}) => body);
}

test('Simulation.Requirement_E19_AWrongChangeIsCaughtInPreview', async () => {
  const world = await World.start();
  const session = await world.session('worker', 'plain');
  for (const text of ['a', 'b', 'c']) check(!(await session.call('echo', {text})).isError, 'real work');
  const wrong = draft(world, `${kStarter}
@id("typo") forbid(principal, action in Ambit::Action::"query", resource);`);
  const before = await version(world);

  const preview = await put(world, wrong, '--dry-run');
  same(preview.status, 1, 'a preview that says no');
  check(preview.out.includes('would be refused') && preview.out.includes('3 newly denied'), 'and why', preview);
  check(/3\s+worker\s+plain\/echo\s+allow\s+deny\s+policy.forbidden\s+dec_/.test(preview.out),
    'whose work it is', preview.out);
  const {outcome, simulation} = JSON.parse((await put(world, wrong, '--dry-run', '--json')).out);
  same([outcome, simulation.newly_denied, simulation.newly_allowed], ['refused', 3, 0], 'for programs');
  const refused = await put(world, wrong);
  check(refused.status === 1 && refused.err.includes('policy.newly_denied') &&
    refused.err.includes('3 of `worker` on `plain/echo`'), 'not published either', refused);
  const policies = {starter: fs.readFileSync(wrong, 'utf8')};
  same((await world.rest('admin', 'PUT', '/v1/policies', {policies})).status, 400, 'over REST');
  same((await put(world, wrong, '--expect-denied', '2')).status, 1, 'more than was said');
  same(await version(world), before, 'the version in force');
  check(!(await session.call('echo', {text: 'd'})).isError, 'work goes on');

  const meant = await put(world, wrong, '--expect-denied', '4');
  check(meant.status === 0 && meant.out.includes('4 newly denied'), 'when it is meant', meant);
  same((await session.call('echo', {text: 'e'})).reason, 'policy.forbidden', 'it is in force');
  const record = (await records(world, 'policy.published')).at(-1);
  same(record.simulation.newly_denied, 4, 'and on record');
});

test('Simulation.Requirement_E19_WhatReallyWasDeniedIsLetGoOnlyByAReviewerWhoSawIt', async () => {
  const world = await World.start();
  await world.publish({starter: kEcho});
  const session = await world.session('eager', 'plain');
  same((await session.call('add', {a: 1, b: 2})).reason, 'policy.no_permit', 'denied in reality');
  const before = await version(world);
  const wider = draft(world, kEcho + kAdd);
  const preview = await put(world, wider, '--dry-run');
  check(preview.status === 0 && preview.out.includes('would be proposed') &&
    preview.out.includes('1 newly allowed'), 'what would come of it', preview);
  const proposed = await put(world, wider);
  check(proposed.out.includes('not yet in force') && proposed.out.includes('1 newly allowed'),
    'not by its author alone', proposed);
  same(await version(world), before, 'the version in force');
  same((await session.call('add', {a: 1, b: 2})).reason, 'policy.no_permit', 'and still denied');

  await world.end('SIGKILL');
  await world.serve();
  const [{id}] = (await world.must('admin', 'GET', '/v1/policies/proposals')).items;
  const shown = await world.ambit.run('sam', ['policy', 'proposals', id]);
  check(/1\s+eager\s+plain\/add\s+deny\s+allow\s+starter#1/.test(shown.out), 'what its reviewer sees', shown.out);
  const approved = await world.ambit.run('sam', ['policy', 'approve', id, '--yes']);
  check(approved.status === 0 && approved.out.includes('2 newly allowed'), 'simulated anew', approved);
  same((await records(world, 'policy.proposed')).at(-1).simulation.newly_allowed, 1, 'as it was proposed');
  same((await records(world, 'policy.published')).at(-1).simulation.newly_allowed, 2, 'as it took effect');
});

test('Simulation.Requirement_E19_EveryVersionStandsOnRecordWithItsSimulation', async () => {
  const world = await World.start();
  const session = await world.session('steady', 'plain');
  await session.call('echo', {text: 'a'});
  const good = await put(world, draft(world, `${kStarter}\n// the same`));
  check(good.status === 0 && good.out.includes('simulated on 1 decision '), 'published', good);
  const published = await records(world, 'policy.published');
  same(published.map(({simulation}) => [simulation.decisions, simulation.same]), [[0, 0], [1, 1]],
    'the first one on an empty ledger');
  for (const {digest, before, simulation} of published) {
    same([simulation.draft, simulation.base], [digest, before], 'what was compared with what');
  }
  const {simulation} = await world.must('admin', 'GET', '/v1/policies');
  same([simulation.draft, simulation.to], [published[1].digest, published[1].simulation.to],
    'it stays with the set');
  const set = {policies: {x: kEcho}, simulation};
  same((await world.rest('admin', 'PUT', '/v1/policies', set)).status, 400, 'nobody brings a simulation along');
});
