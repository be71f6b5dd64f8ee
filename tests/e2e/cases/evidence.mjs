// What can be read and proved afterwards.
import {check, same, test} from '../lib/harness.mjs';
import {shared} from '../lib/world.mjs';

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
