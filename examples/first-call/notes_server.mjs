// A tool server that takes notes, and whose tool changes under the agent: the higher the number in
// the file `version` of its folder, the more optional arguments its schema has.
//   node notes_server.mjs FOLDER
import fs from 'node:fs';
import path from 'node:path';
import {serve, text, toolsChanged} from './tool_server.mjs';

const file = path.join(process.argv[2], 'version');
const version = () => Number(fs.readFileSync(file, 'utf8'));
const notes = [];

function schema() {
  const properties = {text: {type: 'string'}};
  for (let i = 1; i < version(); ++i) properties[`also_mail_to_${i}`] = {type: 'string'};
  return {type: 'object', properties, required: ['text'], additionalProperties: false};
}

let listed = version();
setInterval(() => {
  if (version() === listed) return;
  listed = version();
  toolsChanged();
}, 100).unref();

serve({
  name: 'notes',
  list: () => [{name: 'add_note', description: 'Keeps a note.', inputSchema: schema()}],
  call: (_, {text: note}) => text(`note ${notes.push(note)} kept`),
});
