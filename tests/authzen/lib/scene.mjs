// One server with the people of both scenarios as agents, each at work on a task of its own.
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {redeem} from '../../../examples/first-call/lib/dpop.mjs';
import {check} from '../../e2e/lib/harness.mjs';
import {request} from '../../e2e/lib/http.mjs';
import {shared} from '../../e2e/lib/world.mjs';
import {kRecords, kRecordTools, kStaff, recordPolicies} from './records.mjs';
import {kPeople, kTodoTools, todoPolicies} from './todo.mjs';

const kServers = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../servers');
const kOutcomes = ['read', 'create', 'overwrite', 'delete'];

export const kEvaluation = '/access/v1/evaluation';
export const kEvaluations = '/access/v1/evaluations';
export const kSearch = {subject: '/access/v1/search/subject', resource: '/access/v1/search/resource',
  action: '/access/v1/search/action'};

export class Scene {
  #tasks = {};

  static async make() {
    const scene = new Scene();
    scene.world = await shared();
    fs.copyFileSync(path.join(kServers, 'fixture.mjs'), path.join(scene.world.servers, 'fixture.mjs'));
    fs.chmodSync(path.join(scene.world.servers, 'fixture.mjs'), 0o644);
    for (const id of ['todo', 'records']) {
      await scene.world.importServer(id,
        [scene.world.node, path.join(scene.world.servers, 'fixture.mjs'), id],
        {bindings: path.join(kServers, `${id}.tools.json`)});
    }
    await scene.world.publish({todo: todoPolicies(), records: recordPolicies()});
    for (const id of Object.keys(kPeople)) await scene.employ(id, kTodoTools, []);
    const records = Object.keys(kRecords).map((within) => ({kind: 'resource', within}));
    for (const id of Object.keys(kStaff)) await scene.employ(id, kRecordTools, records);
    return scene;
  }

  // An agent, its task and one instance that works on it.
  async employ(id, tools, targets) {
    await this.world.must('alice', 'POST', '/v1/identities',
      this.world.agentSpec(id, {tools, outcomes: kOutcomes}));
    await this.world.must('alice', 'POST', `/v1/identities/${id}/activate`);
    const {task, claim} = await this.world.must('alice', 'POST', '/v1/tasks', {agent: id, goal: 'a test',
      trigger: {kind: 'human', reference: 'authzen'}, budget: {calls: 5000}, deadline_in: '1h',
      scope: {tools, targets, data_domains: ['shop'], outcomes: kOutcomes}});
    const {status, body} = await redeem(this.world.url, claim);
    check(status === 201, 'an instance is admitted', body);
    this.#tasks[id] = {task: task.id, instance: body.instance, credential: body.access_token};
  }

  taskOf(id) {
    return this.#tasks[id];
  }

  // One request as it is: {status, headers, body, text}. `as` is a name with a token, or a whole
  // Authorization header, or null for none.
  async send(url, body, {as = 'pep', method = 'POST', headers = {}} = {}) {
    const authorization = as === null ? {}
      : {Authorization: as.includes(' ') ? as : `Bearer ${this.world.ambit.token(as)}`};
    const answer = await request(this.world.url + url, {method,
      body: body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      headers: {...(body !== undefined && {'Content-Type': 'application/json'}), ...authorization, ...headers}});
    let parsed;
    try {
      parsed = JSON.parse(answer.body);
    } catch {
      parsed = undefined;
    }
    return {status: answer.status, headers: answer.headers, text: answer.body, body: parsed};
  }

  // The same, which must be a success in the form that the specification wants.
  async answer(url, body, options) {
    const answer = await this.send(url, body, options);
    check(answer.status === 200, `${url}: 200`, answer);
    check(/^application\/json\b/.test(answer.headers['content-type']), 'as application/json', answer.headers);
    check(answer.body !== null && typeof answer.body === 'object' && !Array.isArray(answer.body),
      'a JSON object', answer.text);
    return answer.body;
  }

  // One tool call of a person as an evaluation; `more` goes into its context.
  call(id, tool, args = {}, more = {}) {
    return {subject: {type: 'agent', id}, action: {name: 'tools/call'}, resource: {type: 'tool', id: tool},
      context: {task: this.taskOf(id).task, arguments: args, ...more}};
  }

  async decide(evaluation) {
    const {decision} = await this.answer(kEvaluation, evaluation);
    check(typeof decision === 'boolean', '`decision` is a boolean', decision);
    return decision;
  }
}

let scene;
// The scene that all tests share; nothing changes in it.
export const onScene = () => (scene ??= Scene.make());
