// What the AuthZEN Authorization API 1.0 demands of a policy decision point: one row, one test. The
// section is that of the specification; `cert` those of its certification scenario.
import {check, same, test} from '../../e2e/lib/harness.mjs';
import {kEvaluation, kEvaluations, kSearch, onScene} from '../lib/scene.mjs';

const kEndpoints = [kEvaluation, kEvaluations, ...Object.values(kSearch)];

const permitted = (scene) => scene.call('todo-ada', 'todo/can_read_todos');
const denied = (scene) => scene.call('todo-dora', 'todo/can_create_todo');
const whole = {subject: {type: 'agent', id: 'todo-ada'}, action: {name: 'tools/call'},
  resource: {type: 'tool', id: 'todo/can_read_todos'}};

const without = (value, ...path) => {
  const copy = structuredClone(value);
  const last = path.pop();
  delete path.reduce((at, key) => at[key], copy)[last];
  return copy;
};

// What each endpoint needs, as paths into `whole`.
const kRequired = {
  [kEvaluation]: ['subject', 'action', 'resource', 'subject.type', 'subject.id', 'action.name',
    'resource.type', 'resource.id'],
  [kEvaluations]: ['subject', 'action', 'resource', 'subject.type', 'subject.id', 'action.name',
    'resource.type', 'resource.id'],
  [kSearch.subject]: ['subject', 'action', 'resource', 'subject.type', 'action.name', 'resource.type', 'resource.id'],
  [kSearch.resource]: ['subject', 'action', 'resource', 'subject.type', 'subject.id', 'action.name', 'resource.type'],
  [kSearch.action]: ['subject', 'resource', 'subject.type', 'subject.id', 'resource.type', 'resource.id'],
};

async function refused(scene, url, body, status, options) {
  const answer = await scene.send(url, body, options);
  same(answer.status, status, `${url} ${typeof body === 'string' ? body : JSON.stringify(body)}`);
  check(typeof answer.body?.detail === 'string' && answer.body.detail !== '', 'with an error message', answer.text);
  return answer;
}

const kMusts = [
  ['5.5_TheDecisionIsABoolean', async (scene) => {
    same((await scene.answer(kEvaluation, permitted(scene))).decision, true, 'permitted');
    same((await scene.answer(kEvaluation, denied(scene))).decision, false, 'denied');
  }],
  ['5.5_TheContextOfAResponseIsAnObject', async (scene) => {
    for (const request of [permitted(scene), denied(scene)]) {
      const {context} = await scene.answer(kEvaluation, request);
      check(context && typeof context === 'object' && !Array.isArray(context), 'an object', context);
    }
  }],
  ['6_ContextIsOptional', async (scene) => {
    const answer = await scene.answer(kEvaluation, whole);
    same(typeof answer.decision, 'boolean', 'without context');
    const more = permitted(scene);
    same(await scene.decide({...more, context: {...more.context, time: '2026-06-27T18:03-07:00', ip: '192.0.2.1'}}),
      true, 'with more of it than is known');
  }],
  ['6_ADenialIsNoError', async (scene) => {
    for (const request of [denied(scene), {subject: {type: 'user', id: 'x'}, action: {name: 'read'},
      resource: {type: 'record', id: 'record-1'}}]) {
      same((await scene.send(kEvaluation, request)).status, 200, 'the status of a denial');
    }
  }],
  ['6_PropertiesAreEvaluated', async (scene) => {
    const {subject, action, context} = scene.call('todo-ben', 'todo/can_update_todo');
    const with_ = (ownerID) => ({subject, action, context: {task: context.task}, resource: {type: 'tool',
      id: 'todo/can_update_todo', properties: {arguments: {ownerID}}}});
    same(await scene.decide(with_('todo-ben')), true, 'its own');
    same(await scene.decide(with_('todo-cleo')), false, "another's");
  }],
  ['6_AdditionalPropertiesAreAccepted', async (scene) => {
    const request = permitted(scene);
    same(await scene.decide({...request, subject: {...request.subject, properties: {department: 'x', n: [1]}},
      action: {...request.action, properties: {method: 'GET'}},
      resource: {...request.resource, properties: {status: 'active'}}}), true, 'with properties');
  }],
  ['cert2.6_TheSameQuestionHasTheSameAnswer', async (scene) => {
    for (let i = 0; i < 5; ++i) {
      same([await scene.decide(permitted(scene)), await scene.decide(denied(scene))], [true, false], `time ${i}`);
    }
  }],
  ['7.1_WithoutEvaluationsItIsASingleOne', async (scene) => {
    for (const more of [{}, {evaluations: []}]) {
      const answer = await scene.answer(kEvaluations, {...permitted(scene), ...more});
      same([answer.decision, 'evaluations' in answer], [true, false], 'one decision');
    }
  }],
  ['7.1.1_DefaultsAreOverridden', async (scene) => {
    const {subject, action, resource, context} = permitted(scene);
    const other = denied(scene);
    const {evaluations} = await scene.answer(kEvaluations, {subject, action, resource, context, evaluations: [{},
      {subject: other.subject, resource: other.resource, context: other.context}, {resource: other.resource}]});
    same(evaluations.map(({decision}) => decision), [true, false, true], 'merged');
  }],
  ['7.1.2_TheSemanticIsOneOfThree', async (scene) => {
    const {subject, action, resource, context} = permitted(scene);
    const ask = (evaluations_semantic) => scene.send(kEvaluations, {subject, action, resource, context,
      evaluations: [{}, {}], options: {evaluations_semantic}});
    const lengths = {execute_all: 2, deny_on_first_deny: 2, permit_on_first_permit: 1};
    for (const [semantic, length] of Object.entries(lengths)) {
      same((await ask(semantic)).body.evaluations.length, length, semantic);
    }
    for (const bad of ['any', '', 1, ['execute_all']]) same((await ask(bad)).status, 400, JSON.stringify(bad));
  }],
  ['7.2_DecisionsStandInOrder', async (scene) => {
    const ask = async (...requests) => (await scene.answer(kEvaluations, {evaluations: requests}))
      .evaluations.map(({decision}) => decision);
    const [yes, no] = [permitted(scene), denied(scene)];
    same(await ask(yes, no, yes, yes, no), [true, false, true, true, false], 'as asked');
    same(await ask(no, yes), [false, true], 'as asked');
  }],
  ['7.2_TheTopLevelDecisionIsOmitted', async (scene) => {
    const answer = await scene.answer(kEvaluations, {...whole, evaluations: [{}]});
    same('decision' in answer, false, 'no `decision`');
  }],
  ['7.2.1_AnErrorOfOneItemIsItsOwn', async (scene) => {
    const {subject, action, resource, context} = permitted(scene);
    const {evaluations} = await scene.answer(kEvaluations, {subject, action, context,
      evaluations: [{resource}, {}, {resource: 7}, {resource}]});
    same(evaluations.map(({decision}) => decision), [true, false, false, true], 'closed alone');
    check(evaluations[1].context.error.status === 400 && evaluations[1].context.error.message, 'and says why',
      evaluations[1]);
  }],
  ['8_ResultsAreOfTheTypeAskedFor', async (scene) => {
    const keys = {subject: ['agent', 'id'], resource: ['tool', 'id'], action: [undefined, 'name']};
    for (const [kind, url] of Object.entries(kSearch)) {
      const {results} = await scene.answer(url, whole);
      check(Array.isArray(results) && results.length > 0, `${kind}: found`, results);
      const [type, id] = keys[kind];
      check(results.every((one) => one.type === type && typeof one[id] === 'string'), kind, results);
    }
  }],
  ['8.2_TheEndIsAnEmptyToken', async (scene) => {
    for (const url of Object.values(kSearch)) {
      const {page} = await scene.answer(url, whole);
      same(page.next_token, '', url);
    }
  }],
  ['8.2_MoreResultsAreSaidSo', async (scene) => {
    const request = {...whole, page: {limit: 1}};
    const first = await scene.answer(kSearch.subject, request);
    same([first.results.length, first.page.count], [1, 1], 'one result');
    check(typeof first.page.next_token === 'string' && first.page.next_token !== '', 'and a token', first.page);
    const second = await scene.answer(kSearch.subject, {...whole, page: {token: first.page.next_token}});
    same(second.results.length, 1, 'the limit of the first page holds');
    check(second.results[0].id !== first.results[0].id, 'another one', second);
  }],
  ['8.2_WhatChangesBetweenPagesIsRefused', async (scene) => {
    const {page: {next_token: token}} = await scene.answer(kSearch.subject, {...whole, page: {limit: 1}});
    const other = {...whole, resource: {type: 'tool', id: 'todo/can_read_user'}};
    await refused(scene, kSearch.subject, {...other, page: {limit: 1, token}}, 400);
    await refused(scene, kSearch.subject, {...whole, page: {limit: 2, token}}, 400);
    await refused(scene, kSearch.resource, {...whole, page: {limit: 1, token}}, 400);
    await refused(scene, kSearch.subject, {...whole, page: {limit: 1, token}}, 400, {as: 'carol'});
    await refused(scene, kSearch.subject, {...whole, page: {token: 'AAAA'}}, 400);
  }],
  ['8.2_PageParametersHaveTypes', async (scene) => {
    for (const page of [[], 'x', {limit: -1}, {limit: '1'}, {limit: 1.5}, {token: 1}, {properties: 1}]) {
      await refused(scene, kSearch.subject, {...whole, page}, 400);
    }
    await scene.answer(kSearch.subject, {...whole, page: {limit: 5, properties: {sort: 'id'}, unknown: 1}});
  }],
  ['8.4_TheIdOfTheSubjectSearchedForIsIgnored', async (scene) => {
    const ids = async (subject) => (await scene.answer(kSearch.subject, {...whole, subject})).results
      .map(({id}) => id);
    same(await ids({type: 'agent', id: 'nobody'}), await ids({type: 'agent'}), 'with and without');
  }],
  ['8.5_TheIdOfTheResourceSearchedForIsIgnored', async (scene) => {
    const ids = async (resource) => (await scene.answer(kSearch.resource, {...whole, resource})).results
      .map(({id}) => id);
    same(await ids({type: 'tool', id: 'no/such'}), await ids({type: 'tool'}), 'with and without');
  }],
  ['8.6_AnActionSearchNeedsNoAction', async (scene) => {
    const {results} = await scene.answer(kSearch.action, without(whole, 'action'));
    same(results.map(({name}) => name), ['tools/call'], 'found');
  }],
  ['cert4.6_UnknownEntitiesAreNotFound', async (scene) => {
    const none = async (url, change) => same((await scene.answer(url, {...whole, ...change})).results, [],
      JSON.stringify(change));
    await none(kSearch.action, {subject: {type: 'agent', id: 'nobody'}});
    await none(kSearch.action, {resource: {type: 'tool', id: 'no/such'}});
    await none(kSearch.subject, {subject: {type: 'spaceship'}});
    await none(kSearch.subject, {action: {name: 'fly'}});
    await none(kSearch.subject, {resource: {type: 'record', id: '1'}});
    await none(kSearch.resource, {resource: {type: 'record'}});
  }],
  ['9_MetadataNamesEveryEndpoint', async (scene) => {
    const {status, headers, body} = await scene.send('/.well-known/authzen-configuration', undefined,
      {method: 'GET', as: null});
    same([status, headers['content-type']], [200, 'application/json'], 'published');
    same(body, {policy_decision_point: scene.world.url,
      access_evaluation_endpoint: scene.world.url + kEvaluation,
      access_evaluations_endpoint: scene.world.url + kEvaluations,
      search_subject_endpoint: scene.world.url + kSearch.subject,
      search_resource_endpoint: scene.world.url + kSearch.resource,
      search_action_endpoint: scene.world.url + kSearch.action}, 'and nothing without a value');
  }],
  ['10.1_OnlyPostIsTaken', async (scene) => {
    for (const url of kEndpoints) {
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
        const {status, headers} = await scene.send(url, undefined, {method});
        same([status, headers.allow], [405, 'POST'], `${method} ${url}`);
      }
    }
  }],
  ['10.1_TheContentTypeIsJson', async (scene) => {
    for (const url of kEndpoints) {
      for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'application/jsonp']) {
        await refused(scene, url, whole, 400, {headers: {'Content-Type': type}});
      }
      for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON']) {
        await scene.answer(url, whole, {headers: {'Content-Type': type}});
      }
    }
  }],
  ['10.1.1_WhatIsRequiredIsRequired', async (scene) => {
    for (const [url, paths] of Object.entries(kRequired)) {
      for (const path of paths) await refused(scene, url, without(whole, ...path.split('.')), 400);
    }
  }],
  ['10.1.1_FieldsHaveTypes', async (scene) => {
    for (const [url, paths] of Object.entries(kRequired)) {
      for (const path of paths) {
        const names = path.split('.');
        const last = names.pop();
        for (const bad of [7, null, true, [], ...(names.length > 0 ? [{}, ''] : ['text'])]) {
          const request = structuredClone(whole);
          names.reduce((at, key) => at[key], request)[last] = bad;
          await refused(scene, url, request, 400);
        }
      }
      await refused(scene, url, {...whole, context: 'x'}, 400);
      await refused(scene, url, {...whole, subject: {...whole.subject, properties: []}}, 400);
    }
  }],
  ['10.1.1_TheBodyIsAnObject', async (scene) => {
    for (const url of kEndpoints) {
      for (const body of ['', '{', '[]', 'null', '"x"', '1', '{} {}']) await refused(scene, url, body, 400);
    }
  }],
  ['10.1.1_UnknownFieldsAreIgnored', async (scene) => {
    for (const url of kEndpoints) {
      await scene.answer(url, {foo: 'bar', futureField: {nested: true}, ...whole,
        subject: {...whole.subject, future: 1}});
    }
    const request = permitted(scene);
    same(await scene.decide({...request, foo: 'bar', resource: {...request.resource, future: []}}), true, 'decided');
  }],
  ['10.1.2_ErrorsAreNoDecisions', async (scene) => {
    const {body} = await refused(scene, kEvaluation, '{', 400);
    same('decision' in body, false, 'no `decision` in an error');
    same((await scene.send(kEvaluation, `{"x":"${'x'.repeat(5 << 20)}"}`).catch(({code}) => ({status: code}))).status
      .toString().replace(/EPIPE|ECONNRESET/, '413'), '413', 'a body that is too large');
  }],
  ['10.1.3_TheRequestIdComesBack', async (scene) => {
    for (const url of kEndpoints) {
      for (const id of ['bfe9eb29-ab87-4ca3-be83-a1d5d8305716', 'any string: <"x">, y; z=1\'']) {
        for (const [body, options] of [[whole, {}], ['{', {}], [whole, {as: null}]]) {
          const {headers} = await scene.send(url, body, {...options, headers: {'X-Request-ID': id}});
          same(headers['x-request-id'], id, url);
        }
      }
      same((await scene.send(url, whole)).headers['x-request-id'], undefined, 'none was sent');
    }
  }],
  ['11.3_WithoutACredentialItIs401', async (scene) => {
    for (const url of kEndpoints) {
      for (const as of [null, 'Bearer nonsense', `Bearer amb_${'A'.repeat(43)}`, 'Basic YTpi']) {
        const {headers} = await refused(scene, url, whole, 401, {as});
        check(/^Bearer /.test(headers['www-authenticate']), 'the scheme is named', headers);
      }
    }
  }],
  ['11.3_WithoutTheRoleItIs403', async (scene) => {
    for (const url of [kEvaluation, kEvaluations]) await refused(scene, url, whole, 403, {as: 'carol'});
    for (const url of Object.values(kSearch)) await refused(scene, url, whole, 403, {as: 'bob'});
  }],
  ['11.5_JsonIsUnambiguous', async (scene) => {
    const twice = `{"subject":{"type":"agent","id":"a","id":"b"},"action":{"name":"tools/call"},
      "resource":{"type":"tool","id":"a/b"}}`;
    const surrogate = JSON.stringify(whole).replace('todo-ada', '\\ud800');
    const bytes = Buffer.from(JSON.stringify(whole));
    bytes[bytes.indexOf('ada')] = 0xff;
    for (const url of kEndpoints) {
      for (const body of [twice, surrogate, bytes]) await refused(scene, url, body, 400);
    }
  }],
  ['11.7_PayloadsAreBounded', async (scene) => {
    const deep = JSON.stringify(whole).slice(0, -1) + `,"x":${'['.repeat(100)}${']'.repeat(100)}}`;
    for (const url of kEndpoints) await refused(scene, url, deep, 400);
    await refused(scene, kEvaluations, {...whole, evaluations: Array(257).fill({})}, 400);
    await refused(scene, kEvaluations, {...whole, context: {arguments: {x: 'x'.repeat(1 << 20)}},
      evaluations: Array(5).fill({})}, 400);
  }],
  ['Evidence_EveryDecisionNamesItsRecord', async (scene) => {
    const {evaluations} = await scene.answer(kEvaluations, {evaluations: [permitted(scene), permitted(scene)]});
    const single = await scene.answer(kEvaluation, permitted(scene));
    for (const {context} of [single, ...evaluations]) {
      const record = await scene.world.decision(context.id);
      same(record.ledger_index, context.ledger_index, 'its place in the ledger');
      same([record.policy.version, record.epoch], [context.revision.policy, context.revision.epoch], 'its revision');
    }
  }],
];

for (const [name, run] of kMusts) test(`Must.${name}`, async () => run(await onScene()));
