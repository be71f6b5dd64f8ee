// A server of the test's own with fresh data, people, policies and tool servers.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {Ambit} from '../../../examples/first-call/lib/ambit.mjs';
import {reachableNode} from '../../../examples/first-call/lib/stage.mjs';
import {afterAll, atEnd, until} from './harness.mjs';
import {McpSession} from './http.mjs';

export const kRepository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const kAsRoot = process.getuid() === 0;
const kServers = path.join(kRepository, 'tests/fixtures/servers');
const kToolUid = 64231;

export const program = () => path.resolve(process.env.AMBIT_BIN ??
  path.join(kRepository, 'build/release/src/ambit'));

let common;

const json = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

export class World {
  static #made = [];

  // Gone when the test is. `data`: an existing folder for the data directory's parent, such as a file
  // system of its own; `flags`: more of the server's command line.
  static async start({data, flags} = {}) {
    const world = await World.make(data, flags);
    atEnd(() => world.remove());
    return world;
  }

  static async make(data, flags = []) {
    const world = new World();
    world.flags = flags;
    world.base = fs.mkdtempSync(path.join(os.tmpdir(), 'ambit-e2e-'));
    world.layOut(data);
    await world.serve();
    await world.setUp();
    return world;
  }

  // The folders below `base`: the data directory, what the tool servers may write, and their programs.
  layOut(data = this.base) {
    World.#made.push(this);
    fs.chmodSync(this.base, 0o755);
    this.data = path.join(data, 'data');
    this.workspace = path.join(this.base, 'workspace');
    this.servers = path.join(this.base, 'servers');
    fs.mkdirSync(this.workspace);
    if (kAsRoot) fs.chownSync(this.workspace, kToolUid, kToolUid);
    fs.cpSync(kServers, this.servers, {recursive: true});
    fs.chmodSync(this.servers, 0o755);
    for (const name of fs.readdirSync(this.servers)) fs.chmodSync(path.join(this.servers, name), 0o644);
    this.node = reachableNode(this.servers);
  }

  static async removeAll() {
    for (const world of World.#made.splice(0)) await world.remove();
    common = undefined;
  }

  // When the runner itself breaks off.
  static killAll() {
    for (const {child} of World.#made) child?.kill('SIGKILL');
  }

  // Starts the server, on the port that it had before if it had one.
  async serve() {
    const file = path.join(this.data, 'serve.json');
    fs.rmSync(file, {force: true});
    this.child = spawn(program(), ['serve', '--data', this.data, '--port', String(this.port ?? 0),
      '--quiet', '--log-level', 'warn', ...(this.flags ?? [])], {stdio: ['ignore', 'ignore', 'pipe'],
      env: {...process.env, ...this.env}});
    this.log = '';
    this.child.stderr.on('data', (chunk) => { this.log += chunk; });
    await until('the server is up', () => {
      if (this.child.exitCode !== null) throw new Error(`the server ended: ${this.log}`);
      return fs.existsSync(file) && fs.readFileSync(file, 'utf8').endsWith('\n');
    });
    const {url, port} = json(file);
    Object.assign(this, {url, port});
    this.ambit = new Ambit({bin: program(), server: url, data: this.data});
  }

  // Ends the server with `signal` and waits until it is gone.
  async end(signal = 'SIGTERM') {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.on('exit', resolve));
    this.child.kill(signal);
    await gone;
  }

  async remove() {
    this.isGone = true;
    await this.end();
    fs.rmSync(this.base, {recursive: true, force: true});
  }

  async setUp() {
    for (const [name, ...roles] of [['alice', 'operator', 'approver'], ['bob', 'approver'],
      ['carol', 'auditor'], ['pep', 'enforcement']]) {
      await this.register(name, roles, name === 'pep' ? 'service' : 'human');
    }
    await this.publish({starter: fs.readFileSync(path.join(kRepository, 'policies/starter.cedar'), 'utf8')});
    for (const name of ['plain', 'classes']) {
      await this.importServer(name, [this.node, path.join(this.servers, `${name}.mjs`)]);
    }
  }

  async register(name, roles, identityClass = 'human') {
    await this.must('admin', 'POST', '/v1/identities', {id: name, class: identityClass, roles});
    const {token} = await this.must('admin', 'POST', `/v1/identities/${name}/tokens`, {lifetime: '1d'});
    fs.writeFileSync(this.ambit.tokenFile(name), token + '\n', {mode: 0o600});
  }

  // Publishes a set of admin's; where another human must approve it, sam does. `denied`: how many
  // decisions that pass now it is meant to deny.
  async publish(policies, denied) {
    const answer = await this.must('admin', 'PUT', '/v1/policies',
      {policies, ...(denied && {expected_newly_denied: denied})});
    if (answer.state !== 'open') return answer;
    if (!fs.existsSync(this.ambit.tokenFile('sam'))) await this.register('sam', ['security']);
    return this.must('sam', 'POST', `/v1/policies/proposals/${answer.id}/approve`, {digest: answer.digest});
  }

  async importServer(id, command, {bindings = path.join(this.servers, `${id}.tools.json`), read = [],
    approve = true} = {}) {
    await this.must('admin', 'POST', '/v1/servers', {bindings: json(bindings), server: {id,
      transport: 'stdio', command, working_directory: this.workspace,
      confinement: {read_paths: read, write_paths: [this.workspace]}}});
    if (approve) await this.must('admin', 'POST', `/v1/servers/${id}/approve`, {});
  }

  // One request of the REST API as `name`: {status, body}.
  rest(name, method, url, body) {
    return this.ambit.rest(name, method, url, body);
  }

  async must(name, method, url, body) {
    const answer = await this.rest(name, method, url, body);
    if (answer.status >= 300) throw new Error(`${method} ${url}: ${JSON.stringify(answer)}`);
    return answer.body;
  }

  // Registers and activates an agent that may use all tools of the fixtures.
  async agent(id, changes = {}) {
    const spec = this.agentSpec(id, changes);
    await this.must('alice', 'POST', '/v1/identities', spec);
    await this.must('alice', 'POST', `/v1/identities/${id}/activate`);
    return spec;
  }

  agentSpec(id, changes = {}) {
    const names = (name) => Object.keys(json(path.join(this.servers, `${name}.tools.json`)))
      .map((tool) => `${name}/${tool}`);
    return {id, class: 'agent', agent: {purpose: 'tests',
      autonomy: {chooses_tools: true, sequences_actions: true, acts_without_gate: true},
      owners: {business: 'alice', control: 'bob', scope_approver: 'bob', lifecycle: 'alice'},
      tools: [...names('plain'), ...names('classes')], data_domains: ['shop'],
      outcomes: ['read', 'create', 'overwrite', 'delete', 'execute', 'export', 'pay', 'scale',
        'configure', 'grant', 'send', 'delegate'],
      limits: {calls_per_minute: 60_000, burst: 10_000}, retires_at: '2031-01-01T00:00:00Z',
      policy: 'starter', ...changes}};
  }

  // Starts a task over the agent's tools and everything they can point at: {id, claim}.
  async task(agent, {tools, outcomes, targets, domains = ['shop'], calls = 1000, deadline = '10m',
    ...more} = {}) {
    const {agent: profile} = this.agentSpec(agent);
    const anything = ['account', 'recipient', 'resource'].map((kind) => ({kind, within: '*'}));
    const {task, claim} = await this.must('alice', 'POST', '/v1/tasks', {agent, goal: 'a test',
      trigger: {kind: 'human', reference: 'e2e'}, budget: {calls}, deadline_in: deadline,
      scope: {tools: tools ?? profile.tools, outcomes: outcomes ?? profile.outcomes,
        data_domains: domains,
        targets: targets ?? [{kind: 'path', within: this.workspace}, ...anything]}, ...more});
    // Each open task keeps its tool servers running.
    atEnd(() => this.isGone || this.rest('alice', 'POST', `/v1/tasks/${task.id}/end`, {reason: 'done'})
      .catch(() => {}));
    return {id: task.id, claim, task};
  }

  // An agent, a task and a session with `server`, all new.
  async session(agent, server, {task = {}, ...options} = {}) {
    await this.agent(agent, options.agent);
    const started = await this.task(agent, task);
    const session = await McpSession.open(this, {claim: started.claim, server, ...options});
    session.task = started.id;
    return session;
  }

  async pending(task) {
    const {items} = await this.must('bob', 'GET', '/v1/approvals?state=pending');
    return items.filter((item) => item.task === task);
  }

  held(task, besides = []) {
    return until('a call is held', async () =>
      (await this.pending(task)).find(({id}) => !besides.includes(id)));
  }

  grant({id, action_digest: digest}, name = 'bob') {
    return this.rest(name, 'POST', `/v1/approvals/${id}/grant`, {digest});
  }

  refuse({id}, name = 'bob') {
    return this.rest(name, 'POST', `/v1/approvals/${id}/refuse`, {note: 'no'});
  }

  // One decision with its result; as a list has it, without.
  decision(id) {
    return this.must('carol', 'GET', `/v1/decisions/${id}`);
  }

  // The items of an answer that the search index knows everything for: it follows the ledger on a
  // thread that waits while anything else runs.
  async items(path) {
    const answer = await until('the index has it all', async () => {
      const now = await this.must('carol', 'GET', path);
      return now.not_indexed ? null : now;
    });
    return answer.items;
  }

  decisions(task) {
    return this.items(`/v1/decisions?task=${task}&limit=200`);
  }
}

// The world that tests share: each uses agents and tasks of its own.
export const shared = () => (common ??= World.make());

afterAll(() => World.removeAll());
process.on('exit', () => World.killAll());
