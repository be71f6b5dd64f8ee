// The shapes of the todo scenario: 40 evaluations, and several in one request.
import {check, same, test} from '../../e2e/lib/harness.mjs';
import {kEvaluation, kEvaluations, onScene} from '../lib/scene.mjs';
import {casesOf, kPeople, mayDo} from '../lib/todo.mjs';

for (const person of Object.keys(kPeople)) {
  test(`Todo.Evaluation.${person}`, async () => {
    const scene = await onScene();
    for (const [action, args] of casesOf(person)) {
      const {context, ...rest} = scene.call(person, `todo/${action}`);
      // As those fixtures have it: members nobody knows, and the facts in the resource's properties.
      const evaluation = {...rest, context: {task: context.task},
        subject: {...rest.subject, identity: `id-of-${person}`, properties: {department: 'todo'}},
        action: {...rest.action, properties: {method: 'POST'}},
        resource: {...rest.resource, ...args, properties: {...args, arguments: args}}};
      const answer = await scene.answer(kEvaluation, evaluation);
      same(answer.decision, mayDo(person, action, args), `${person} ${action} ${JSON.stringify(args)}`);
      check(answer.context.id.startsWith('dec_'), 'it has an id', answer);
    }
  });
}

// All cases of everybody, the person as default and the action and resource of each item.
test('Todo.Evaluations.MatchEvaluationsOneByOne', async () => {
  const scene = await onScene();
  for (const person of Object.keys(kPeople)) {
    const cases = casesOf(person);
    const {evaluations} = await scene.answer(kEvaluations, {subject: {type: 'agent', id: person},
      evaluations: cases.map(([action, args]) => {
        const {action: verb, resource, context} = scene.call(person, `todo/${action}`, args);
        return {action: verb, resource, context};
      })});
    same(evaluations.map(({decision}) => decision), cases.map(([action, args]) => mayDo(person, action, args)),
      person);
  }
});

// The boxcar of the scenario: one person, one action, one resource for each todo.
test('Todo.Evaluations.WhichTodosMayBeDeleted', async () => {
  const scene = await onScene();
  const owners = Object.keys(kPeople);
  for (const person of owners) {
    const {subject, action, resource, context} = scene.call(person, 'todo/can_delete_todo');
    const {evaluations} = await scene.answer(kEvaluations, {subject, action, context: {task: context.task},
      resource: {type: resource.type}, evaluations: owners.map((ownerID) =>
        ({resource: {id: resource.id, properties: {arguments: {ownerID}}}})),
      options: {evaluations_semantic: 'execute_all', another_option: 'value'}});
    same(evaluations.map(({decision}) => decision),
      owners.map((ownerID) => mayDo(person, 'can_delete_todo', {ownerID})), person);
  }
});

test('Todo.Evaluations.ShortCircuits', async () => {
  const scene = await onScene();
  const several = async (person, semantic, owners) => {
    const {subject, action, resource, context} = scene.call(person, 'todo/can_update_todo');
    const {evaluations} = await scene.answer(kEvaluations, {subject, action, resource,
      options: {evaluations_semantic: semantic},
      evaluations: owners.map((ownerID) => ({context: {...context, arguments: {ownerID}}}))});
    return evaluations.map(({decision}) => decision);
  };
  const [mine, other] = ['todo-ben', 'todo-cleo'];
  same(await several(mine, 'deny_on_first_deny', [mine, other, mine]), [true, false], 'the first deny');
  same(await several(mine, 'permit_on_first_permit', [other, mine, other]), [false, true], 'the first permit');
  same(await several('todo-emil', 'permit_on_first_permit', [mine, other]), [false, false], 'none permitted');
  same(await several('todo-ada', 'deny_on_first_deny', [mine, other]), [true, true], 'none denied');
});
