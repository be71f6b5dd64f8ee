// The search scenario: six people, twenty records, three things to do. Roles and departments decide,
// here as a function and below as Cedar policies for the server.
const kDepartments = ['law', 'sales', 'finance'];

export const kStaff = {
  'rec-ann': {role: 'manager', department: 'sales'},
  'rec-bo': {role: 'employee', department: 'law'},
  'rec-cy': {role: 'contractor', department: 'law'},
  'rec-dee': {role: 'manager', department: 'finance'},
  'rec-eve': {role: 'employee', department: 'finance'},
  'rec-flo': {role: 'contractor', department: 'sales'},
};

const kIds = Object.keys(kStaff);
export const kRecords = Object.fromEntries(Array.from({length: 20}, (_, i) => [`record-${101 + i}`,
  {owner: kIds[(i * 5 + 1) % kIds.length], department: kDepartments[(i * 7 + 2) % kDepartments.length]}]));

export const kActions = ['view', 'edit', 'delete'];
export const kRecordTools = kActions.map((name) => `records/${name}`);

export function mayTouch(person, action, record) {
  const {role, department} = kStaff[person];
  const manages = role === 'manager';
  const owns = kRecords[record].owner === person;
  const near = kRecords[record].department === department;
  if (owns) return true;
  if (action === 'view') return near || manages;
  return action === 'edit' && near && manages;
}

const isOneOf = (holds) => {
  const ids = Object.keys(kRecords).filter((id) => holds(kRecords[id])).map((id) => `Ambit::Resource::"${id}"`);
  return ids.length === 0 ? 'false' : `resource in [${ids.join(', ')}]`;
};
const verb = (name) => `Ambit::Action::"records___${name}"`;

export function recordPolicies() {
  return kIds.map((id) => {
    const {role, department} = kStaff[id];
    const who = `principal == Ambit::Agent::"${id}"`;
    const near = isOneOf((record) => record.department === department);
    return `
    permit(${who}, action in [${kActions.map(verb).join(', ')}], resource)
    when { ${isOneOf((record) => record.owner === id)} };
    permit(${who}, action == ${verb('view')}, resource)${role === 'manager' ? '' : ` when { ${near} }`};
    ${role === 'manager' ? `permit(${who}, action == ${verb('edit')}, resource) when { ${near} };` : ''}`;
  }).join('');
}
