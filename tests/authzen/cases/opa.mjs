// The OPA-compatible face, as its clients use it.
import {check, same, test} from '../../e2e/lib/harness.mjs';
import {onScene} from '../lib/scene.mjs';
import {casesOf, kPeople, mayDo} from '../lib/todo.mjs';

const kDecision = '/v1/data/ambit/decision';

// What a client of the Open Policy Agent does: the value of `result`, undefined when there is none.
async function evaluate(scene, path, input, options) {
  return (await scene.answer(`/v1/data/${path}`, {input}, options)).result;
}

test('Opa.Decision.MatchesTheRoles', async () => {
  const scene = await onScene();
  for (const person of Object.keys(kPeople)) {
    for (const [action, args] of casesOf(person)) {
      const input = {tool: {name: action}, args, messages: [{role: 'user', content: 'go on'}],
        runtimeContext: {agent: person, task: scene.taskOf(person).task}};
      const result = await evaluate(scene, 'ambit/decision', input);
      const allowed = mayDo(person, action, args);
      same(result.decision, allowed ? 'allow' : 'deny', `${person} ${action}`);
      check(typeof result.reason === 'string' && result.reason !== '', 'with a reason', result);
      same(await evaluate(scene, 'ambit/allow', input), allowed, `${person} ${action} as a boolean`);
    }
  }
});

test('Opa.Decision.IsRecorded', async () => {
  const scene = await onScene();
  const answer = await scene.answer(kDecision, {input: {tool: 'todo__can_read_todos', agent: 'todo-ada',
    task: scene.taskOf('todo-ada').task}});
  const decision = await scene.world.decision(answer.decision_id);
  same([decision.agent, decision.tool, decision.requested_by], ['todo-ada', 'can_read_todos', 'pep'], 'recorded');
});

test('Opa.Tools.AreThoseOfTheTask', async () => {
  const scene = await onScene();
  const names = async (person) => (await evaluate(scene, 'ambit/tools',
    {messages: [], runtimeContext: {agent: person, task: scene.taskOf(person).task}}))
    .filter((name) => !name.includes('/')).sort();
  same(await names('todo-ada'), ['can_create_todo', 'can_delete_todo', 'can_read_todos', 'can_read_user',
    'can_update_todo'], 'an admin');
  same(await names('todo-dora'), ['can_read_todos', 'can_read_user'], 'a viewer');
});

test('Opa.AnAgentAsksForItself', async () => {
  const scene = await onScene();
  const as = `Bearer ${scene.taskOf('todo-ben').credential}`;
  same((await evaluate(scene, 'ambit/decision', {tool: {name: 'can_read_todos'}, args: {}}, {as})).decision,
    'allow', 'with its own credential');
  const other = await scene.send(kDecision, {input: {tool: 'can_read_todos', agent: 'todo-ada'}}, {as});
  same([other.status, other.body.code], [403, 'unauthorized'], 'for another');
});

test('Opa.Undefined', async () => {
  const scene = await onScene();
  for (const path of ['/v1/data/ambit', '/v1/data/agent/call/decision', '/v1/data/ambit/decision/reason']) {
    same((await scene.send(path, {input: {}})).text, '{}', path);
  }
});

test('Opa.Errors', async () => {
  const scene = await onScene();
  for (const [what, body, options, status, code] of [
    ['no input', {}, {}, 400, 'invalid_parameter'], ['malformed', '{', {}, 400, 'invalid_parameter'],
    ['no tool', {input: {}}, {}, 400, 'invalid_parameter'],
    ['no credential', {input: {tool: 'x'}}, {as: null}, 401, 'unauthorized'],
    ['no role', {input: {tool: 'x'}}, {as: 'carol'}, 403, 'unauthorized'],
    ['yaml', 'input: 1', {headers: {'Content-Type': 'application/yaml'}}, 415, 'invalid_parameter'],
  ]) {
    const answer = await scene.send(kDecision, body, options);
    same([answer.status, answer.body.code, typeof answer.body.message], [status, code, 'string'], what);
  }
});
