// What can be read and proved afterwards.
import fs from 'node:fs';
import {check, same, test} from '../lib/harness.mjs';
import {shared, World} from '../lib/world.mjs';

const kRecorded = ['trigger', 'tool', 'server', 'system', 'policy', 'class', 'outcome', 'targets',
  'arguments', 'data_domain', 'task', 'goal', 'instance', 'session', 'chain', 'credential',
  'accountable', 'authorised_by', 'session_before', 'decision'];

async function threeKinds(world, name) {
  const session = await world.session(name, 'classes');
  await session.call('query_orders', {table: 'orders'}, {meta: {'ambit/intent': 'count them'}});
  await session.call('drop_table', {table: 'orders'});
  const held = session.call('pay', {account: 'acme', amount: 1});
  await world.refuse(await world.held(session.task));
  await held;
  const decisions = await world.decisions(session.task);
  return Object.fromEntries(await Promise.all(decisions.map(async ({id, decision}) =>
    [decision.verdict, await world.decision(id)])));
}

test('Evidence.Requirement_H1_RecordsNameEverything', async () => {
  const world = await shared();
  const {allow, deny, hold} = await threeKinds(world, 'recorded');
  for (const record of [allow, deny, hold]) {
    for (const member of kRecorded) check(record[member] !== undefined, `${member} on record`, record);
    check(record.at && record.ledger_index >= 0, 'time and place in the ledger', record);
    same([record.agent, record.trigger.reference, record.accountable.business],
      ['recorded', 'e2e', 'alice'], 'who and why');
  }
  same(allow.result.status, 'ok', 'the outcome of what was allowed');
  same(allow.intent, 'count them', 'its intent');
  check(hold.approval, 'the approval that was asked for', hold);
});

test('Evidence.Requirement_H5_AnyDecisionIsExplainedInPlainWords', async () => {
  const world = await shared();
  const {allow, deny, hold} = await threeKinds(world, 'explained');
  const policies = await world.must('carol', 'GET', '/v1/policies');
  for (const [word, {id}] of [['ALLOWED', allow], ['DENIED', deny], ['HELD', hold]]) {
    const told = await world.ambit.text('carol', ['decision', 'show', id]);
    for (const part of [word, 'Why', 'authorised by', 'alice', 'Under which policy', policies.digest,
      'In what state', 'a test', 'e2e']) {
      check(told.includes(part), `\`${part}\` in the explanation`, told);
    }
  }
});

test('Evidence.Requirement_E5_DecisionsCiteThePolicyTheyWereMadeUnder', async () => {
  const world = await shared();
  const {allow} = await threeKinds(world, 'cited');
  const {digest, version} = await world.must('carol', 'GET', '/v1/policies');
  same([allow.policy.digest, allow.policy.version], [digest, version], 'digest and version');
});

test('Evidence.AgentsCannotReadIt', async () => {
  const world = await shared();
  const session = await world.session('nosy', 'plain');
  for (const path of ['/v1/decisions', '/v1/ledger/entries?from=0&count=1', '/v1/approvals', '/v1/policies',
    '/v1/identities']) {
    const url = world.url + path;
    const {status} = await fetch(url, {headers: {Authorization: `DPoP ${session.token}`,
      DPoP: session.key.proof('GET', url, session.token)}});
    check(status === 403 || status === 404, path, String(status));
  }
});

test('Evidence.Requirement_H2_EveryDecisionIsMadeAgainFromTheLedgerAlone', async () => {
  const world = await shared();
  await threeKinds(world, 'replayed');
  const {status, out} = await world.ambit.run('admin', ['replay', `${world.data}/ledger`, '--json']);
  const report = JSON.parse(out);
  same([status, report.differences], [0, []], 'replay');
  check(report.decisions >= 3 && report.identical + report.incomplete === report.decisions, 'all of them',
    report);
});

test('Evidence.IsSearchedAndExplainedAlsoAfterItsIndexWasDeleted', async () => {
  const world = await World.make();
  const {allow, hold} = await threeKinds(world, 'searched');
  const ask = async () => {
    const found = {};
    for (const query of ['agent=searched', 'verdict=hold', 'tool=classes/pay', 'reason=approval.high_tier',
      'target=account:acme', `session=${allow.session}`, 'since=2026-01-01T00:00:00Z&limit=2']) {
      const items = await world.items(`/v1/decisions?${query}`);
      found[query] = items.map(({id}) => id);
    }
    const items = await world.items('/v1/timeline?identity=searched&limit=500');
    found.timeline = items.map(({entry, kind}) => `${entry} ${kind}`);
    return found;
  };
  const before = await ask();
  same(before['agent=searched'].length, 3, 'all three');
  same(before['tool=classes/pay'], [hold.id], 'by tool');
  check(before.timeline.some((item) => item.endsWith('approval.refused')), 'the refusal', before.timeline);
  const explained = await world.ambit.text('carol', ['explain', allow.id]);
  for (const part of ['searched', 'authorised by', 'alice', 'could stop it', 'liveness', 'passed', 'permit']) {
    check(explained.includes(part), `\`${part}\` in the explanation`, explained);
  }
  const timeline = await world.ambit.text('carol', ['timeline', allow.task]);
  check(timeline.includes('chose classes/query_orders of'), 'the choice', timeline);
  const entitled = await world.ambit.text('carol', ['entitlements', 'searched', '--at', allow.at]);
  check(entitled.includes('could act') && entitled.includes('classes/pay'), 'entitlements', entitled);
  await world.end();
  fs.rmSync(`${world.data}/index.sqlite`);
  await world.serve();
  const after = await ask();
  for (const key of Object.keys(before)) {
    const kept = after[key].filter((item) => before[key].includes(item));
    same(kept, before[key].filter((item) => after[key].includes(item)), `${key} in order`);
    if (key !== 'since=2026-01-01T00:00:00Z&limit=2') same(kept, before[key], key);
  }
  const {status, out} = await world.ambit.run('admin', ['ledger', 'completeness', `${world.data}/ledger`, '--json']);
  const {metrics} = JSON.parse(out);
  same(metrics.map(({id}) => id), ['m09', 'm10', 'm11', 'm12', 'm13', 'm14'], 'metrics');
  same([status, metrics[1].score, metrics[3].score], [1, 1, 1], 'replayed, attributed; nobody anchored it');
}, {alone: true});
