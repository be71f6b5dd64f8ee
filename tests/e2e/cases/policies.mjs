// Policies as code, on the command line and against a real server.
import fs from 'node:fs';
import path from 'node:path';
import {check, same, test, until} from '../lib/harness.mjs';
import {kRepository, World} from '../lib/world.mjs';

const kPolicies = path.join(kRepository, 'policies');

// `ambit policy ...` as `name`: {status, out, err}.
const policy = (world, name, ...args) => world.ambit.run(name, ['policy', ...args]);

test('Policies.LooseningWaitsForAnotherHumanAlsoOverARestart', async () => {
  const world = await World.start();
  const file = path.join(world.base, 'starter.cedar');
  fs.writeFileSync(file, 'permit(principal, action, resource);\n');
  const put = await policy(world, 'admin', 'put', file, '--note', 'open it up');
  check(put.status === 0 && put.out.includes('not yet in force'), 'it is proposed', put);
  same((await world.must('admin', 'GET', '/v1/policies')).version, 1, 'the version in force');
  const [proposal] = (await world.must('admin', 'GET', '/v1/policies/proposals')).items;
  check(proposal.loosens.length >= 3, 'what it loosens', proposal.loosens);
  const own = await policy(world, 'admin', 'approve', proposal.id, '--yes');
  check(own.status === 1 && own.err.includes('proposal.own_request'), 'not by its author', own);

  await world.end('SIGKILL');
  await world.serve();
  await world.register('sam', ['security']);
  const shown = await policy(world, 'sam', 'proposals', proposal.id);
  check(shown.out.includes('loosens:') && shown.out.includes('open it up'), 'what sam sees', shown);
  const approved = await policy(world, 'sam', 'approve', proposal.id, '--yes');
  same(approved.status, 0, 'approved by another');
  const now = await world.must('admin', 'GET', '/v1/policies');
  same([now.version, now.author, now.approved_by], [2, 'admin', 'sam'], 'who published it');

  await world.end('SIGKILL');
  await world.serve();
  same((await world.must('admin', 'GET', '/v1/policies')).digest, now.digest, 'after a crash');
  const {items} = await world.must('admin', 'GET', '/v1/policies/versions');
  same(items.map((one) => [one.version, one.review]), [[2, 'approved'], [1, 'bootstrap']], 'the versions');
  const records = await world.must('carol', 'GET', '/v1/ledger/entries?from=0&count=256');
  const published = records.items.filter(({record}) => record.kind === 'policy.published');
  same(published.length, 2, 'in the ledger');
});

test('Policies.FailingTestsBlockPublishing', async () => {
  const world = await World.start();
  const tests = path.join(world.base, 'starter.test.json');
  fs.writeFileSync(tests, JSON.stringify({cases: [{name: 'reading is denied',
    request: {tool: 'plain/read', class: 'read'}, expect: {verdict: 'deny'}}]}));
  const refused = await policy(world, 'admin', 'put', path.join(kPolicies, 'starter.cedar'), '--tests', tests);
  check(refused.status === 1 && refused.err.includes('policy.test_failed') &&
    refused.err.includes('reading is denied'), 'refused, and why', refused);
  const passed = await policy(world, 'admin', 'put', path.join(kPolicies, 'starter.cedar'), '--tests',
    path.join(kPolicies, 'starter.test.json'));
  same(passed.status, 0, 'with tests that pass');
  check('starter' in (await world.must('admin', 'GET', '/v1/policies')).tests, 'they stay with the set');
});

test('Policies.StarterFilesTogetherAreAccepted', async () => {
  const world = await World.start();
  const files = fs.readdirSync(kPolicies).filter((name) => name.endsWith('.cedar') && name !== 'starter.cedar');
  const policies = Object.fromEntries(files.map((name) =>
    [path.basename(name, '.cedar'), fs.readFileSync(path.join(kPolicies, name), 'utf8')]));
  const {ok, findings} = await world.must('admin', 'POST', '/v1/policies/check', {policies});
  // Two of the files name tools of an example, for which everybody puts their own.
  const others = findings.filter(({name}) => !['egress', 'spend'].includes(name));
  check(others.length === 0 && !ok, 'nothing but the tools that are not here', findings);
});

test('Policies.StarterFilesTravelWithAllTheirTests', async () => {
  const world = await World.start();
  // `starter` stands for itself; two others name tools of an example.
  const names = fs.readdirSync(kPolicies).filter((name) => name.endsWith('.cedar'))
    .map((name) => path.basename(name, '.cedar')).filter((name) => !['starter', 'egress', 'spend'].includes(name));
  check(names.length >= 8, 'several', names);
  const set = [...names.map((name) => path.join(kPolicies, `${name}.cedar`)), '--tiers', path.join(kPolicies, 'tiers.json')];
  const tests = (folder, some = names) => some.flatMap((name) => ['--tests', path.join(folder, `${name}.test.json`)]);
  const checked = await policy(world, 'admin', 'check', '--online', ...set, ...tests(kPolicies));
  check(checked.status === 0 && checked.out.includes('the server accepts them'), 'checked', checked);
  const put = await policy(world, 'admin', 'put', ...set, ...tests(kPolicies));
  check(put.status === 0 && put.out.includes('not yet in force'), 'proposed', put);

  const other = path.join(world.base, 'tests');
  fs.cpSync(kPolicies, other, {recursive: true});
  const file = path.join(other, 'tiers.test.json');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('"verdict": "allow"', '"verdict": "deny"'));
  const failed = await policy(world, 'admin', 'put', ...set, ...tests(other));
  check(failed.status === 1 && failed.err.includes('policy.test_failed: 1 of '), 'one fails', failed);
  const foreign = await policy(world, 'admin', 'put', ...set, ...tests(kPolicies, ['spend']));
  check(foreign.status === 2 && foreign.err.includes('which is not among the files'), 'not of these', foreign);
});

test('Policies.AnOwnerWhoReachesForAGuardrailIsReported', async () => {
  const world = await World.start();
  await world.register('dave', ['operator']);
  const spec = world.agentSpec('clerk');
  spec.agent.owners.control = 'dave';
  await world.must('alice', 'POST', '/v1/identities', spec);
  const tried = await world.rest('dave', 'PUT', '/v1/policies', {policies: {p: 'permit(principal, action, resource);'}});
  same(tried.status, 403, 'refused');
  const found = await until('alice is told', async () => {
    const {items} = await world.must('alice', 'GET', '/v1/findings?state=open');
    return items.find((one) => one.agent === 'clerk');
  });
  same([found.kind, found.by, found.assigned_to], ['guardrail.override', 'dave', 'alice'], 'the finding');
  same((await world.must('dave', 'GET', '/v1/findings')).items.length, 0, 'not shown to who caused it');
});

test('Policies.ExplainTakesADecisionOfTheLedger', async () => {
  const world = await World.start();
  const session = await world.session('explained', 'plain', {task: {targets: [{kind: 'path', within: world.workspace}]}});
  const called = await session.call('echo', {text: 'x'});
  check(!called.isError, 'a call', called);
  const [decision] = await world.decisions(session.task);
  const why = await world.ambit.run('admin', ['policy', 'explain', '--decision', decision.id, '--ledger',
    path.join(world.data, 'ledger')]);
  same(why.status, 0, `explained: ${why.err}`);
  check(why.out.startsWith('allow\n'), 'the verdict', why.out);
  check(/permit starter#0 {2}permits/.test(why.out), 'the policy that permits', why.out);
  check(why.out.includes('=>'), 'and values', why.out);
  const draft = path.join(world.base, 'draft.cedar');
  fs.writeFileSync(draft, 'forbid(principal, action, resource) when { context.input.text == "x" };');
  const other = await world.ambit.run('admin', ['policy', 'explain', draft, '--decision', decision.id,
    '--ledger', path.join(world.data, 'ledger')]);
  check(other.out.startsWith('deny\n') && other.out.includes('context.input.text  =>  "x"'),
    'under other policies', other);
});

test('Policies.TheLiveSchemaChecksFilesWithoutTheServer', async () => {
  const world = await World.start();
  const files = {'live.cedarschema': [], 'live.cedarschema.json': [], 'forced.json': ['--format', 'json']};
  for (const [name, flags] of Object.entries(files)) {
    const written = await policy(world, 'alice', 'schema', '--out', path.join(world.base, name), ...flags);
    check(written.status === 0 && /^the schema of \d+ tools: /.test(written.out), `${name} is written`, written);
  }
  const printed = await policy(world, 'carol', 'schema');
  same(printed.out, fs.readFileSync(path.join(world.base, 'live.cedarschema'), 'utf8'), 'printed as written');
  const answer = path.join(world.base, 'answer');
  fs.writeFileSync(answer, (await policy(world, 'carol', 'schema', '--json')).out);
  const kept = await policy(world, 'alice', 'schema', '--out', answer);
  check(kept.status === 2 && kept.err.includes('is there already'), 'nothing is replaced unasked', kept);
  const unasked = await policy(world, 'pep', 'schema', '--out', path.join(world.base, 'none'));
  check(unasked.status === 1 && !fs.existsSync(path.join(world.base, 'none')), 'not for everybody', unasked);

  await world.end();
  const gone = await policy(world, 'alice', 'schema', '--out', path.join(world.base, 'none'));
  check(gone.status === 4 && gone.err.includes('is `ambit serve` running there?') &&
    !fs.existsSync(path.join(world.base, 'none')), 'no server, no file', gone);
  const draft = path.join(world.base, 'draft.cedar');
  const text = (argument) => `permit(principal, action == Ambit::Action::"plain___echo", resource)\n` +
    `when { context.input.${argument} like "x*" };\n`;
  for (const schema of [...Object.keys(files).map((name) => path.join(world.base, name)), answer]) {
    fs.writeFileSync(draft, text('text'));
    const right = await policy(world, 'alice', 'check', draft, '--schema', schema);
    check(right.status === 0 && right.out === 'ok: 1 policy in 1 file\n', `right by ${schema}`, right);
    fs.writeFileSync(draft, text('txet'));
    const wrong = await policy(world, 'alice', 'check', draft, '--schema', schema);
    check(wrong.status === 1 && wrong.out.includes('draft.cedar:2:8: error:') &&
      wrong.out.includes('did you mean `text`?'), `wrong by ${schema}`, wrong);
  }
});

test('Policies.TheCommandWorksOnFiles', async () => {
  const world = await World.start();
  const run = (...args) => policy(world, 'admin', ...args);
  same((await run('test', kPolicies)).status, 0, 'the starter policies pass their tests');
  same((await run('check', kPolicies, '--schema', path.join(kPolicies, 'ambit.cedarschema'))).status, 0,
    'and validate');
  same((await run('format', '--check', kPolicies)).status, 0, 'and are laid out');
  const converted = await run('convert', path.join(kPolicies, 'spend.cedar'), '--to', 'json');
  const back = path.join(world.base, 'spend.json');
  fs.writeFileSync(back, converted.out);
  const text = await run('convert', back, '--to', 'cedar');
  check(text.out.includes('payment-ceiling'), 'there and back', text);
  const diff = await run('diff', '--old', path.join(kPolicies, 'base.cedar'), '--old',
    path.join(kPolicies, 'spend.cedar'), '--new', path.join(kPolicies, 'base.cedar'), '--cases',
    path.join(kPolicies, 'spend.test.json'), '--json');
  const {changes, loosens} = JSON.parse(diff.out);
  same(loosens.length, 4, 'four forbids less');
  check(changes.every((one) => one.loosens) && changes.length >= 4, 'requests that move', changes);
});
