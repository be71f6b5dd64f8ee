// A minimal MCP tool server over stdio: newline-delimited JSON-RPC, no dependencies.
import readline from 'node:readline';

const send = (message) => process.stdout.write(JSON.stringify({jsonrpc: '2.0', ...message}) + '\n');

export const text = (value, isError = false) =>
  ({content: [{type: 'text', text: String(value)}], ...(isError && {isError})});

export const toolsChanged = () => send({method: 'notifications/tools/list_changed'});

async function answer(method, params, {name, list, call}) {
  switch (method) {
    case 'initialize':
      return {protocolVersion: params.protocolVersion, capabilities: {tools: {listChanged: true}},
        serverInfo: {name, version: '1'}};
    case 'tools/list': return {tools: list()};
    case 'tools/call': return call(params.name, params.arguments ?? {});
    case 'ping': return {};
    default: throw {code: -32601, message: `no method ${method}`};
  }
}

// Serves until the input ends. `list()` gives the tools, `call(name, arguments)` a tool's result.
export function serve(server) {
  readline.createInterface({input: process.stdin}).on('line', async (line) => {
    const {id, method, params = {}} = JSON.parse(line);
    if (id === undefined || method === undefined) return;
    try {
      send({id, result: await answer(method, params, server)});
    } catch (error) {
      send({id, error: {code: error.code ?? -32603, message: error.message}});
    }
  }).on('close', () => process.exit(0));
}
