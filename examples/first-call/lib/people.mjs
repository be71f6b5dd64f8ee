// Who and what the scenario needs in the registry, made anew or taken as an earlier run left it.
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect} from './say.mjs';

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const kPolicies = path.join(here, '../../policies/starter.cedar');
const kAgent = 'report-writer';

async function human(ambit, name, ...roles) {
  if (fs.existsSync(ambit.tokenFile(name))) return;
  const made = await ambit.run('admin', ['human', 'register', name,
    ...roles.flatMap((role) => ['--role', role]), '--token-file', ambit.tokenFile(name),
    '--as', ambit.tokenFile('admin')]);
  if (made.status === 0) return;
  // Registered earlier, but the token is lost.
  const issued = await ambit.rest('admin', 'POST', `/v1/identities/${name}/tokens`,
    {lifetime: '30d'});
  expect(issued.status === 201, `a token for ${name}`, made.err);
  fs.writeFileSync(ambit.tokenFile(name), issued.body.token + '\n', {mode: 0o600});
}

// Alice starts tasks and answers for what the agent does; both may approve, but nobody what they
// started themselves. The admin only sets up.
export async function registerPeople(ambit) {
  await human(ambit, 'alice', 'operator', 'approver');
  await human(ambit, 'bob', 'approver');
}

export async function publishPolicies(ambit) {
  const text = fs.readFileSync(kPolicies, 'utf8');
  const now = await ambit.rest('admin', 'GET', '/v1/policies');
  if (now.body?.policies?.starter === text) return;
  const put = await ambit.json('admin', ['policy', 'put', kPolicies]);
  // A data directory of an earlier version of the starter set: what loosens it is not for one alone.
  expect(put.state !== 'open', 'the starter policies are in force', put);
}

// Everything Requirement A3 names.
export function agentSpec(id) {
  return {
    id,
    class: 'agent',
    agent: {
      purpose: 'keeps the sales reports in order',
      autonomy: {chooses_tools: true, sequences_actions: true, acts_without_gate: true},
      owners: {business: 'alice', control: 'bob', scope_approver: 'bob', lifecycle: 'alice'},
      tools: ['files/read_text_file', 'files/list_directory', 'files/write_file',
        'files/move_file', 'files/directory_tree', 'shell/run', 'notes/add_note'],
      data_domains: ['workspace'],
      outcomes: ['read', 'create', 'overwrite', 'move', 'execute'],
      limits: {calls_per_minute: 600, burst: 100, open_tasks: 20},
      retires_at: '2031-01-01T00:00:00Z',
      policy: 'starter',
    },
  };
}

// Retires the agents of earlier runs and gives the name of the next.
export async function nextAgent(ambit) {
  const {items} = await ambit.json('alice', ['agent', 'list']);
  const mine = items.filter(({id}) => id === kAgent || id.startsWith(`${kAgent}-`));
  for (const {id, state} of mine) {
    if (state !== 'retired') await ambit.json('alice', ['agent', 'decommission', id]);
  }
  return mine.length === 0 ? kAgent : `${kAgent}-${mine.length + 1}`;
}

// Imports a stdio server; gives the tools as they are listed now.
export async function importServer(ambit, name, bindings, flags, command) {
  const {tools} = await ambit.json('admin', ['tool', 'import', name, '--bindings',
    path.join(here, bindings), ...flags, '--', ...command]);
  return tools;
}
