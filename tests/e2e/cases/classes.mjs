// Every class of action: expressed in policy, decided, recorded.
import fs from 'node:fs';
import path from 'node:path';
import {check, same, test} from '../lib/harness.mjs';
import {kRepository, World} from '../lib/world.mjs';

const kCalls = {
  browse: ['browse_pages', {folder: 'f'}], query: ['query_orders', {table: 't'}],
  read: ['read_record', {record: 'r'}], write: ['write_record', {record: 'r', text: 'x'}],
  delete: ['drop_table', {table: 't'}], execute: ['run_job', {job: 'j'}],
  move_data: ['export', {dataset: 'd', to: 'x'}], spend: ['pay', {account: 'a', amount: 1}],
  change_infra: ['scale', {service: 's', replicas: 1}],
  change_settings: ['set_option', {option: 'o', value: 'v'}],
  change_access: ['grant_role', {role: 'r', to: 'x'}], use_secret: ['read_secret', {name: 'n'}],
  send: ['send_mail', {to: 'x', text: 'y'}], delegate: ['hand_over', {agent: 'a'}],
};
const kHigh = new Set(['move_data', 'spend', 'change_infra', 'change_access']);

test('Classes.Requirement_A9_EachIsExpressedInPolicyAndAppearsInTheRecord', async () => {
  const world = await World.start();
  await world.publish({classes: 'permit(principal, action, resource);\n' + Object.keys(kCalls)
    .map((name) => `@id("${name}") @advice("not ${name}")\n` +
      `forbid(principal, action in Ambit::Action::"${name}", resource)\n` +
      `when { context has intent && context.intent == "${name}" };`).join('\n')});
  const session = await world.session('everything', 'classes');
  for (const [name, [tool, args]] of Object.entries(kCalls)) {
    const denied = await session.call(tool, args, {meta: {'ambit/intent': name}});
    check(denied.isError && denied.text.includes(`not ${name}`), `policy denies ${name} by its class`, denied);
    if (kHigh.has(name)) continue;
    const allowed = await session.call(tool, args, {meta: {'ambit/intent': 'something else'}});
    check(!allowed.isError, `${name} allowed without that`, allowed);
  }
  const recorded = new Set((await world.decisions(session.task)).map((one) => one.class));
  same([...recorded].sort(), Object.keys(kCalls).sort(), 'classes in the record');
});

test('Policies.Requirement_E16_DenyByDefaultAndOnError', async () => {
  const world = await World.start();
  const session = await world.session('zero', 'classes');
  const ask = async () => session.call('query_orders', {table: 't'});
  check(!(await ask()).isError, 'allowed under the starter policies');
  await world.publish({nothing: 'permit(principal == Ambit::Agent::"somebody", action, resource);'}, 1);
  same((await ask()).reason, 'policy.no_permit', 'without a permit');
  await world.publish({broken: 'permit(principal, action, resource);\n' +
    'forbid(principal, action, resource) when { 9223372036854775807 + context.session.calls > 0 };'});
  same((await ask()).reason, 'policy.error', 'when a forbid fails to evaluate');
  const bad = await world.rest('admin', 'PUT', '/v1/policies', {policies: {x: 'permit(principal, actoin);'}});
  check(bad.status === 400 && /line 1|1:/.test(JSON.stringify(bad.body)), 'a policy that does not parse', bad);
  same((await ask()).reason, 'policy.error', 'the set in force stays');
});

test('Policies.Requirement_E16_UnknownNamesAreDenied', async () => {
  const world = await World.start();
  const session = await world.session('known', 'plain', {task: {targets: [{kind: 'path', within: world.workspace}]}});
  const evaluate = (subject, resource, context) => world.must('pep', 'POST', '/access/v1/evaluation',
    {subject: {type: 'agent', id: subject}, action: {name: 'tools/call'},
      resource: {type: 'tool', id: resource}, context: {task: session.task, ...context}});
  const cases = [
    ['nobody', 'plain/echo', {arguments: {text: 'x'}}, 'identity.unknown'],
    ['known', 'plain/nothing', {arguments: {}}, 'tool.unknown'],
    ['known', 'nowhere/echo', {arguments: {}}, 'tool.unknown'],
    ['known', 'plain/read', {arguments: {path: '/etc/passwd'}}, 'scope.target'],
    ['known', 'plain/read', {arguments: {}}, 'arguments.invalid'],
    ['known', 'plain/echo', {task: 'tsk_unknown', arguments: {text: 'x'}}, 'task.unknown'],
  ];
  for (const [subject, resource, context, reason] of cases) {
    const {decision, context: told} = await evaluate(subject, resource, context);
    check(decision === false && told.reasons[0].code === reason, `${subject} ${resource}: ${reason}`, told);
  }
  const good = await evaluate('known', 'plain/echo', {arguments: {text: 'x'}});
  check(good.decision === true, 'what is known and in scope', good);
});

test('Policies.StarterSetIsAccepted', async () => {
  const world = await World.start();
  const starter = fs.readFileSync(path.join(kRepository, 'policies/starter.cedar'), 'utf8');
  const {ok, findings} = await world.must('admin', 'POST', '/v1/policies/check', {policies: {starter}});
  check(ok && findings.length === 0, 'no findings', findings);
});
