// Steps 1 to 3: tools, agent, task.
import fs from 'node:fs';
import path from 'node:path';
import {AgentProcess} from './agent_process.mjs';
import {Key, claimsOf, redeem, renew} from './dpop.mjs';
import {agentSpec, importServer, nextAgent} from './people.mjs';
import {expect, note, said, step, tried} from './say.mjs';

const kUnapproved = 'directory_tree';
const kFolderTools = ['read_text_file', 'list_directory', 'write_file', 'move_file', kUnapproved];

export async function importTools({ambit, stage}) {
  step(1, 'The tools of a file server are imported');
  const index = 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js';
  const tools = await importServer(ambit, 'files', 'filesystem.tools.json',
    ['--cwd', stage.workspace, '--write', stage.workspace],
    [stage.node, path.join(stage.app, index), stage.workspace]);
  tried(`admin imports @modelcontextprotocol/server-filesystem: ${tools.length} tools`);
  for (const tool of tools) {
    expect(/^sha256:[0-9a-f]{64}$/.test(tool.digest), 'a schema digest for each tool', tool);
    expect(tool.class && tool.tier, 'a class and a tier for each tool', tool);
  }
  const write = tools.find(({name}) => name === 'write_file');
  note(`write_file: class ${write.class}, tier ${write.tier}, ${write.digest.slice(0, 23)}…`);
  const isFirst = tools.every(({state}) => state === 'quarantined');
  const unapproved = tools.find(({name}) => name === kUnapproved);
  expect(unapproved.state === 'quarantined', `\`${kUnapproved}\`, never approved, is unusable`,
    unapproved.state);
  expect(isFirst || write.state === 'approved', 'new tools are quarantined', write.state);
  said(isFirst ? 'HELD' : 'KEPT', isFirst ? 'none of them is usable before it is approved'
    : 'the server lists what was approved in an earlier run, so that its approvals hold');
  const names = tools.map(({name}) => name).filter((name) => name !== kUnapproved);
  const {items} = await ambit.json('admin', ['tool', 'approve', 'files', ...names, '--yes']);
  expect(items.length === names.length && items.every(({state}) => state === 'approved'),
    'all but one approved', items.map(({name, state}) => `${name} ${state}`));
  said('GRANTED', `admin approves all but \`${kUnapproved}\`, by the digests that were just shown`);
}

export async function registerAgent(world) {
  step(2, 'An agent is registered');
  const {ambit} = world;
  world.agent = await nextAgent(ambit);
  const spec = agentSpec(world.agent);
  const lacking = structuredClone(spec);
  delete lacking.agent.owners.scope_approver;
  const put = (value) => ({input: JSON.stringify(value)});
  tried(`alice registers \`${world.agent}\`, but nobody who approved its scope`);
  const draft = await ambit.json('alice', ['agent', 'register', '-'], put(lacking));
  expect(draft.state === 'draft', 'a draft', draft.state);
  const refused = await ambit.run('alice', ['agent', 'activate', world.agent]);
  expect(refused.status === 1 && refused.err.includes('agent.owners.scope_approver'),
    'the activation refused, naming the missing field', refused);
  said('REFUSED', refused.err);
  await ambit.json('alice', ['agent', 'update', world.agent, '-'], put(spec));
  const active = await ambit.json('alice', ['agent', 'activate', world.agent]);
  expect(active.state === 'active', 'an active agent', active.state);
  said('ALLOWED', 'with all three accountable parties, purpose, tools, domains, outcomes and expiry');
}

// Starts a task and gives {task, claimFile}; `scope`: what differs from the folder's.
export async function startTask({ambit, stage, agent, run}, name, goal, scope = {}) {
  const {tools = kFolderTools.map((tool) => `files/${tool}`), calls = 60, deadline = '10m',
    outcomes = ['read', 'create', 'overwrite', 'move'], paths = [stage.workspace]} = scope;
  const claimFile = path.join(stage.agentHome, `${run}-${name}.claim`);
  fs.rmSync(claimFile, {force: true});
  const repeated = (flag, values) => values.flatMap((value) => [flag, value]);
  const {task} = await ambit.json('alice', ['task', 'start', '--agent', agent, '--goal', goal,
    '--trigger', `human:ticket ${name}`, ...repeated('--tool', tools), ...repeated('--path', paths),
    '--data-domain', 'workspace', ...repeated('--outcome', outcomes), '--calls', String(calls),
    '--deadline-in', deadline, '--claim-file', claimFile]);
  return {task: task.id, claimFile, spec: task};
}

export async function startAgent({ambit, stage, agents}, server, claimFile) {
  const agent = await AgentProcess.start({stage, url: ambit.server, server, claimFile});
  agents.push(agent);
  return agent;
}

export async function openTask(world) {
  step(3, 'A task is started, and the agent gets its authority from it');
  const {ambit} = world;
  const main = await startTask(world, 'report', 'finish the March report');
  const {scope, budget, trigger, deadline} = main.spec;
  expect(main.spec.goal && trigger.reference && scope.targets.length === 1 && budget.calls === 60 &&
    deadline && main.spec.started_by === 'alice', 'goal, trigger, scope, budget, deadline', main.spec);
  tried(`alice starts a task for \`${world.agent}\`: 5 tools, one folder, 60 calls, 10 minutes`);
  Object.assign(world, {task: main.task, claimFile: main.claimFile});

  const probe = await startTask(world, 'probe', 'look at a credential');
  const key = new Key();
  const claim = fs.readFileSync(probe.claimFile, 'utf8').trim();
  const {status, body} = await redeem(ambit.server, claim, key);
  expect(status === 201 && body.token_type === 'DPoP', 'a credential bound to a key', body);
  const claims = claimsOf(body.access_token);
  expect(claims.exp - claims.iat <= 600 && claims.task === probe.task &&
    claims.instance === body.instance && claims.cnf.jkt === key.thumbprint,
  'at most ten minutes, bound to instance, task and key', claims);
  said('ALLOWED', `the claim gives a credential for ${claims.exp - claims.iat} s, bound to task, ` +
    'instance and key');
  const stolen = await renew(ambit.server, body.access_token);
  expect(stolen.status === 401, 'no renewal without the key', stolen);
  const renewed = await renew(ambit.server, body.access_token, key);
  expect(renewed.status === 201 && renewed.body.expires_in <= 600, 'a renewal with the key', renewed);
  const again = await redeem(ambit.server, claim, new Key());
  expect(again.status === 401, 'a claim admits one process only', again);
  said('DENIED', `shown without its key: ${stolen.body.reason}; the claim again: ${again.body.reason}`);
  world.probe = {task: probe.task, key, token: renewed.body.access_token};
}
