// The todo scenario: five people with roles, five things to do. What each may do follows from the
// roles twice over: here as a function, and below as Cedar policies for the server.
export const kPeople = {
  'todo-ada': ['admin', 'mastermind'],
  'todo-ben': ['editor'],
  'todo-cleo': ['editor'],
  'todo-dora': ['viewer'],
  'todo-emil': ['viewer'],
};

export const kTodoTools = ['can_read_user', 'can_read_todos', 'can_create_todo', 'can_update_todo',
  'can_delete_todo'].map((name) => `todo/${name}`);

const has = (person, ...roles) => roles.some((role) => kPeople[person].includes(role));

export function mayDo(person, action, {ownerID} = {}) {
  switch (action) {
    case 'can_read_user':
    case 'can_read_todos': return true;
    case 'can_create_todo': return has(person, 'admin', 'editor');
    case 'can_update_todo': return has(person, 'mastermind') || (has(person, 'editor') && ownerID === person);
    case 'can_delete_todo': return has(person, 'admin') || (has(person, 'editor') && ownerID === person);
    default: return false;
  }
}

// Each person in each case: [action, arguments].
export const casesOf = (person) => {
  const other = Object.keys(kPeople).find((id) => id !== person && kPeople[id].includes('editor'));
  return [
    ['can_read_user', {userID: 'todo-dora'}], ['can_read_user', {userID: person}],
    ['can_read_todos', {}], ['can_create_todo', {}],
    ['can_update_todo', {ownerID: person}], ['can_update_todo', {ownerID: other}],
    ['can_delete_todo', {ownerID: person}], ['can_delete_todo', {ownerID: other}],
  ];
};

const uids = (role) => Object.keys(kPeople).filter((id) => has(id, role))
  .map((id) => `Ambit::Agent::"${id}"`).join(', ');
const action = (name) => `Ambit::Action::"todo___${name}"`;

export function todoPolicies() {
  const own = Object.keys(kPeople).filter((id) => has(id, 'editor')).map((id) => `
    permit(principal == Ambit::Agent::"${id}",
           action in [${action('can_update_todo')}, ${action('can_delete_todo')}], resource)
    when { context.input has ownerID && context.input.ownerID == "${id}" };`).join('');
  return `
    permit(principal, action in [${action('can_read_user')}, ${action('can_read_todos')}], resource);
    permit(principal, action == ${action('can_create_todo')}, resource)
    when { [${uids('admin')}, ${uids('editor')}].contains(principal) };
    permit(principal, action == ${action('can_update_todo')}, resource)
    when { [${uids('mastermind')}].contains(principal) };
    permit(principal, action == ${action('can_delete_todo')}, resource)
    when { [${uids('admin')}].contains(principal) };${own}`;
}
