// The shapes of the search scenario: who may touch a record, which records and how.
import {check, same, test} from '../../e2e/lib/harness.mjs';
import {kActions, kRecords, kStaff, mayTouch} from '../lib/records.mjs';
import {kEvaluation, kSearch, onScene} from '../lib/scene.mjs';

const kPeople = Object.keys(kStaff);
const kIds = Object.keys(kRecords);
const tool = (action) => ({type: 'tool', id: `records/${action}`});
const sorted = (list) => [...list].sort();

for (const action of kActions) {
  test(`Search.Subject.WhoMay_${action}`, async () => {
    const scene = await onScene();
    for (const record of kIds) {
      const {results} = await scene.answer(kSearch.subject, {subject: {type: 'agent'},
        action: {name: 'tools/call'}, resource: {...tool(action), properties: {arguments: {record}}}});
      same(results.map(({id}) => id), kPeople.filter((person) => mayTouch(person, action, record)).sort(),
        `${action} ${record}`);
      check(results.every(({type}) => type === 'agent'), 'subjects only', results);
    }
  });
}

test('Search.Resource.WhichRecordsMayEachTouch', async () => {
  const scene = await onScene();
  for (const person of kPeople) {
    const {results} = await scene.answer(kSearch.resource, {subject: {type: 'agent', id: person},
      action: {name: 'tools/call'}, resource: {type: 'tool'}});
    const found = Object.fromEntries(results.map(({id, properties}) =>
      [id, properties.tasks.flatMap(({targets}) => targets.map(({within}) => within))]));
    for (const action of kActions) {
      same(sorted(found[`records/${action}`] ?? []),
        kIds.filter((record) => mayTouch(person, action, record)).sort(), `${person} ${action}`);
    }
  }
});

// The action search of the scenario: a record's actions are tools here.
test('Search.Resource.WhatMayEachDoWithARecord', async () => {
  const scene = await onScene();
  await Promise.all(kPeople.map(async (person) => {
    for (const record of kIds) {
      const {results} = await scene.answer(kSearch.resource, {subject: {type: 'agent', id: person},
        action: {name: 'tools/call'}, resource: {type: 'tool'}, context: {arguments: {record}}});
      same(results.map(({id}) => id),
        kActions.filter((action) => mayTouch(person, action, record)).map((action) => `records/${action}`).sort(),
        `${person} ${record}`);
    }
  }));
});

test('Search.Action.WhatMayEachDoWithATool', async () => {
  const scene = await onScene();
  for (const person of kPeople) {
    for (const action of kActions) {
      const record = kIds[0];
      const {results} = await scene.answer(kSearch.action, {subject: {type: 'agent', id: person},
        resource: tool(action), context: {arguments: {record}}});
      same(results.map(({name}) => name), mayTouch(person, action, record) ? ['tools/call'] : [],
        `${person} ${action} ${record}`);
    }
  }
});

// Section 8.1: what a search finds, an evaluation permits; and here what it does not, it denies.
test('Search.AgreesWithEvaluation', async () => {
  const scene = await onScene();
  for (const record of kIds.slice(0, 5)) {
    const {results} = await scene.answer(kSearch.subject, {subject: {type: 'agent'},
      action: {name: 'tools/call'}, resource: tool('edit'), context: {arguments: {record}}});
    for (const {type, id, properties} of results) {
      const {decision} = await scene.answer(kEvaluation, {subject: {type, id}, action: {name: 'tools/call'},
        resource: tool('edit'), context: {...properties.tasks[0], arguments: {record}}});
      same(decision, true, `${id} edits ${record}`);
    }
    for (const person of kPeople.filter((one) => !results.some(({id}) => id === one))) {
      same(await scene.decide(scene.call(person, 'records/edit', {record})), false, `${person} edits ${record}`);
    }
  }
});

test('Search.Pages.TogetherAreTheWhole', async () => {
  const scene = await onScene();
  const request = {subject: {type: 'agent'}, action: {name: 'tools/call'}, resource: tool('view')};
  const whole = (await scene.answer(kSearch.subject, request)).results.map(({id}) => id);
  same(whole, sorted(kPeople), 'everybody may view something');
  for (const limit of [1, 2, 4, 6, 100]) {
    const found = [];
    for (let page = {limit}; ;) {
      const answer = await scene.answer(kSearch.subject, {...request, page});
      check(answer.results.length <= limit, `at most ${limit}`, answer);
      found.push(...answer.results.map(({id}) => id));
      if (answer.page.next_token === '') break;
      page = {limit, token: answer.page.next_token};
    }
    same(found, whole, `pages of ${limit}`);
  }
});
