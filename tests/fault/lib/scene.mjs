// A server that is killed and started again on one data directory, and what its load needs there:
// people, a tool server that writes down what it executes, policies, an agent.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {until} from '../../e2e/lib/harness.mjs';
import {World} from '../../e2e/lib/world.mjs';
import {startAndKill} from './first_starts.mjs';

// The connection broke: whoever asked does not know what became of it.
export class Lost extends Error {}

const kTools = ['note', 'fetch', 'publish', 'pay'];

// What has left a labelled task may not be published; `mark` makes one published set differ from the next.
const policies = (mark) => ({starter: `
permit(principal, action, resource);
@id("secret-stays") forbid(principal, action == Ambit::Action::"recorder___publish", resource)
when { context.session.labels.contains("secret") };
// ${mark}
`});

export class Scene extends World {
  // `life` counts the starts of the server.
  life = 0;

  // `data`: an existing folder for the data directory's parent; `env`: the server's environment, more;
  // `flags`: more of its command line.
  static async make({data, env, flags} = {}) {
    const scene = new Scene();
    scene.base = fs.mkdtempSync(path.join(os.tmpdir(), 'ambit-fault-'));
    scene.env = env;
    scene.flags = flags;
    await scene.prepare(data);
    return scene;
  }

  async prepare(data) {
    this.layOut(data);
    this.executedFile = path.join(this.workspace, 'executed');
    fs.writeFileSync(this.executedFile, '', {mode: 0o666});
    fs.chmodSync(this.executedFile, 0o666);
    await this.serve();
    for (const [name, ...roles] of [['alice', 'operator', 'approver'], ['bob', 'approver'],
      ['carol', 'auditor'], ['pep', 'enforcement'], ['sam', 'security']]) {
      await this.register(name, roles, name === 'pep' ? 'service' : 'human');
    }
    await this.importServer('recorder', [this.node, path.join(this.servers, 'recorder.mjs'),
      `--log=${this.executedFile}`]);
    await this.publishMarked('first');  // it names a tool of the server
    await this.activeAgent('worker');
  }

  async serve() {
    ++this.life;
    this.connections?.destroy();
    this.connections = new http.Agent({keepAlive: true, maxSockets: 64});
    await super.serve();
    if (this.life === 1) this.tokens = new Map();
  }

  // A start that is killed after `ms`.
  startAndKill(ms) {
    ++this.life;
    return startAndKill(this.data, this.port, ms);
  }

  async end(signal) {
    await super.end(signal);
    this.connections.destroy();
  }

  tokenOf(name) {
    if (!this.tokens.has(name)) this.tokens.set(name, this.ambit.token(name));
    return this.tokens.get(name);
  }

  // One request as `name` (null: nobody) or with a `{token}`: {status, body}; throws Lost when the server
  // went away.
  rest(name, method, url, body) {
    const token = name?.token ?? (name ? this.tokenOf(name) : null);
    return new Promise((resolve, reject) => {
      const sent = http.request(this.url + url, {method, agent: this.connections,
        headers: {...(token && {Authorization: `Bearer ${token}`}),
          ...(body !== undefined && {'Content-Type': 'application/json'})}}, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', (error) => reject(new Lost(error.message)));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (!response.complete) return reject(new Lost('half an answer'));
          resolve({status: response.statusCode, body: text === '' ? null : JSON.parse(text)});
        });
      });
      sent.on('error', (error) => reject(new Lost(error.message)));
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  publishMarked(mark) {
    return this.publish(policies(mark));
  }

  async activeAgent(id) {
    await this.must('alice', 'POST', '/v1/identities', this.agentSpec(id));
    await this.must('alice', 'POST', `/v1/identities/${id}/activate`);
  }

  agentSpec(id) {
    return super.agentSpec(id, {tools: kTools.map((tool) => `recorder/${tool}`), outcomes: ['read', 'pay'],
      limits: {calls_per_minute: 10_000_000, burst: 1_000_000, denials_per_minute: 10_000_000}});
  }

  // Starts a task with a budget of `calls`, as a child of `parent` if given: {id, claim}.
  async newTask({calls = 1000, parent, agent = 'worker'} = {}) {
    const {task, claim} = await this.must('alice', 'POST', '/v1/tasks', {agent, goal: 'to be broken off',
      trigger: {kind: 'human', reference: 'fault'}, budget: {calls}, deadline_in: parent ? '50m' : '55m',
      scope: {tools: kTools.map((tool) => `recorder/${tool}`), outcomes: ['read', 'pay'],
        data_domains: ['shop'], targets: []}, ...(parent && {parent})});
    return {id: task.id, claim};
  }

  // Redeems a claim as a bearer: what the enforcement point vouches for then has an instance.
  admit(claim) {
    return this.must(null, 'POST', '/v1/credentials', {claim});
  }

  // The enforcement point asks for one call: the AuthZEN answer. `word` marks the call in its record.
  async ask(task, tool, word, agent = 'worker') {
    const {decision, context} = await this.must('pep', 'POST', '/access/v1/evaluation', {
      subject: {type: 'agent', id: agent}, action: {name: 'tools/call'},
      resource: {type: 'tool', id: `recorder/${tool}`},
      context: {task, arguments: {text: word}, intent: word}});
    return {allowed: decision, ...context};
  }

  // Every decision of the ledger from entry `from` on, oldest first.
  async decisionsFrom(from) {
    const out = [];
    for (let before; ;) {
      const query = `/v1/decisions?limit=500${before ? `&before=${before}` : ''}`;
      const page = await until('the index has it all', async () => {
        const now = await this.must('carol', 'GET', query);
        return now.not_indexed ? null : now;
      });
      out.push(...page.items.filter(({ledger_index: index}) => index >= from));
      if (!page.next_before || page.next_before <= from) return out.reverse();
      before = page.next_before;
    }
  }

  executed() {
    return fs.readFileSync(this.executedFile, 'utf8').split('\n').slice(0, -1);
  }
}
