// A tool server over stdio that only lists: `fixture.mjs todo` or `fixture.mjs records`. Nothing is
// ever called; the tests ask for decisions alone.
import readline from 'node:readline';

const object = (properties, required) => ({type: 'object', properties, required, additionalProperties: false});
const string = {type: 'string'};

const kTools = {
  todo: {
    can_read_user: object({userID: string}, ['userID']),
    can_read_todos: object({}, []),
    can_create_todo: object({}, []),
    can_update_todo: object({ownerID: string}, ['ownerID']),
    can_delete_todo: object({ownerID: string}, ['ownerID']),
  },
  records: Object.fromEntries(['view', 'edit', 'delete'].map((name) =>
    [name, object({record: string}, ['record'])])),
}[process.argv[2]];

const answers = {
  initialize: ({protocolVersion}) => ({protocolVersion, capabilities: {tools: {}},
    serverInfo: {name: process.argv[2], version: '1'}}),
  'tools/list': () => ({tools: Object.entries(kTools).map(([name, inputSchema]) => ({name, inputSchema}))}),
  ping: () => ({}),
};

readline.createInterface({input: process.stdin}).on('line', (line) => {
  const {id, method, params = {}} = JSON.parse(line);
  if (id === undefined) return;
  const body = answers[method] ? {result: answers[method](params)}
    : {error: {code: -32601, message: 'Method not found'}};
  process.stdout.write(JSON.stringify({jsonrpc: '2.0', id, ...body}) + '\n');
}).on('close', () => process.exit(0));
